using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks a leader where its log begins, ends or reaches a time. Source: ListOffsets (key 2), versions 1 to 5.</summary>
public sealed record ListOffsetsRequest : Request<ListOffsetsResponse>
{
    public override ApiKey Key => ApiKey.ListOffsets;

    /// <summary>-1 for a consumer.</summary>
    public int ReplicaId { get; set; } = -1;

    /// <summary>What counts as the end: the high watermark or the last stable offset.</summary>
    public IsolationLevel IsolationLevel { get; set; }

    public IReadOnlyList<ListOffsetsTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ReplicaId = wire.Int32(ReplicaId);
        IsolationLevel = (IsolationLevel)wire.Int8((sbyte)IsolationLevel, since: 2);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic to ask about.</summary>
public sealed record ListOffsetsTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<ListOffsetsPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition to ask about.</summary>
public sealed record ListOffsetsPartition : WireStruct
{
    /// <summary>A timestamp that stands for the log's end.</summary>
    public const long Latest = -1;

    /// <summary>A timestamp that stands for the log's begin.</summary>
    public const long Earliest = -2;

    public int Partition { get; set; }

    /// <summary>The leader epoch that the client knows; -1 for any.</summary>
    public int CurrentLeaderEpoch { get; set; } = -1;

    /// <summary>Milliseconds since 1970, or <see cref="Latest"/> or <see cref="Earliest"/>. The answer is the first record at or after it.</summary>
    public long Timestamp { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        CurrentLeaderEpoch = wire.Int32(CurrentLeaderEpoch, since: 4);
        Timestamp = wire.Int64(Timestamp);
    }
}

/// <summary>Answers <see cref="ListOffsetsRequest"/>.</summary>
public sealed record ListOffsetsResponse : Response
{
    public IReadOnlyList<ListedOffsetsTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 2);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of the answer.</summary>
public sealed record ListedOffsetsTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<ListedOffsetsPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition's offset.</summary>
public sealed record ListedOffsetsPartition : WireStruct
{
    public int Partition { get; set; }

    public ErrorCode ErrorCode { get; set; }

    /// <summary>The found record's, in milliseconds; -1 for a log's begin or end.</summary>
    public long Timestamp { get; set; } = -1;

    /// <summary>-1: no record is that young.</summary>
    public long Offset { get; set; } = -1;

    /// <summary>The found record's; -1 where unknown.</summary>
    public int LeaderEpoch { get; set; } = -1;

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        ErrorCode = wire.Error(ErrorCode);
        Timestamp = wire.Int64(Timestamp);
        Offset = wire.Int64(Offset);
        LeaderEpoch = wire.Int32(LeaderEpoch, since: 4);
    }
}
