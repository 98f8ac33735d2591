using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Appends record batches. Source: Produce (key 0), versions 3 to 8.</summary>
public sealed record ProduceRequest : Request<ProduceResponse>
{
    public override ApiKey Key => ApiKey.Produce;

    public string? TransactionalId { get; set; }

    /// <summary>-1: all in-sync replicas; 1: the leader; 0: nobody, and no response comes.</summary>
    public short Acks { get; set; } = -1;

    /// <summary>How long the broker may wait for the replicas, in milliseconds.</summary>
    public int TimeoutMs { get; set; }

    public IReadOnlyList<ProduceTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        TransactionalId = wire.NullableString(TransactionalId);
        Acks = wire.Int16(Acks);
        TimeoutMs = wire.Int32(TimeoutMs);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic to append to.</summary>
public sealed record ProduceTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<ProducePartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition to append to.</summary>
public sealed record ProducePartition : WireStruct
{
    public int Partition { get; set; }

    /// <summary>One record batch.</summary>
    public ReadOnlyMemory<byte>? Records { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        Records = wire.NullableBytes(Records);
    }
}

/// <summary>Answers <see cref="ProduceRequest"/>.</summary>
public sealed record ProduceResponse : Response
{
    public IReadOnlyList<ProducedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topics = wire.Array(Topics);
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
    }
}

/// <summary>A topic's share of a produce response.</summary>
public sealed record ProducedTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<ProducedPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition's share of a produce response.</summary>
public sealed record ProducedPartition : WireStruct
{
    public int Partition { get; set; }

    public ErrorCode ErrorCode { get; set; }

    /// <summary>The offset that the batch's first record got; -1 with an error.</summary>
    public long BaseOffset { get; set; } = -1;

    /// <summary>Milliseconds since 1970, or -1 under CreateTime.</summary>
    public long LogAppendTimeMs { get; set; } = -1;

    public long LogStartOffset { get; set; } = -1;

    public IReadOnlyList<RecordError> RecordErrors { get; set; } = [];

    public string? ErrorMessage { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        ErrorCode = wire.Error(ErrorCode);
        BaseOffset = wire.Int64(BaseOffset);
        LogAppendTimeMs = wire.Int64(LogAppendTimeMs);
        LogStartOffset = wire.Int64(LogStartOffset, since: 5);
        RecordErrors = wire.Array(RecordErrors, since: 8);
        ErrorMessage = wire.NullableString(ErrorMessage, since: 8);
    }
}

/// <summary>Why one record had its batch refused.</summary>
public sealed record RecordError : WireStruct
{
    public int BatchIndex { get; set; }

    public string? Message { get; set; }

    public override void Describe(Wire wire)
    {
        BatchIndex = wire.Int32(BatchIndex);
        Message = wire.NullableString(Message);
    }
}
