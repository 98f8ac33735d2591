using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Moves the log start of partitions up. Source: DeleteRecords (key 21), versions 0 to 1.</summary>
public sealed record DeleteRecordsRequest : Request<DeleteRecordsResponse>
{
    public override ApiKey Key => ApiKey.DeleteRecords;

    public IReadOnlyList<DeleteRecordsTopic> Topics { get; set; } = [];

    public int TimeoutMs { get; set; }

    public override void Describe(Wire wire)
    {
        Topics = wire.Array(Topics);
        TimeoutMs = wire.Int32(TimeoutMs);
    }
}

/// <summary>A topic to delete records of.</summary>
public sealed record DeleteRecordsTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<DeleteRecordsPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition to delete records of.</summary>
public sealed record DeleteRecordsPartition : WireStruct
{
    public int Partition { get; set; }

    /// <summary>The first offset to stay; -1 for the high watermark.</summary>
    public long Offset { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        Offset = wire.Int64(Offset);
    }
}

/// <summary>Answers <see cref="DeleteRecordsRequest"/>.</summary>
public sealed record DeleteRecordsResponse : Response
{
    public IReadOnlyList<DeletedRecordsTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of the answer.</summary>
public sealed record DeletedRecordsTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<DeletedRecordsPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition's new log start.</summary>
public sealed record DeletedRecordsPartition : WireStruct
{
    public int Partition { get; set; }

    /// <summary>The log start, in offsets; -1 with an error.</summary>
    public long LowWatermark { get; set; } = -1;

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        LowWatermark = wire.Int64(LowWatermark);
        ErrorCode = wire.Error(ErrorCode);
    }
}
