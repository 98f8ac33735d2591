using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks a leader for record batches. Source: Fetch (key 1), versions 4 to 11.</summary>
public sealed record FetchRequest : Request<FetchResponse>
{
    public override ApiKey Key => ApiKey.Fetch;

    /// <summary>-1 for a consumer.</summary>
    public int ReplicaId { get; set; } = -1;

    /// <summary>How long the broker may wait for <see cref="MinBytes"/>, in milliseconds.</summary>
    public int MaxWaitMs { get; set; }

    public int MinBytes { get; set; }

    /// <summary>A bound on the whole response, in bytes; the first batch comes whole even above it.</summary>
    public int MaxBytes { get; set; } = int.MaxValue;

    public IsolationLevel IsolationLevel { get; set; }

    /// <summary>0: no fetch session.</summary>
    public int SessionId { get; set; }

    /// <summary>-1: no fetch session.</summary>
    public int SessionEpoch { get; set; } = -1;

    public IReadOnlyList<FetchTopic> Topics { get; set; } = [];

    public IReadOnlyList<ForgottenTopic> ForgottenTopics { get; set; } = [];

    public string RackId { get; set; } = "";

    public override void Describe(Wire wire)
    {
        ReplicaId = wire.Int32(ReplicaId);
        MaxWaitMs = wire.Int32(MaxWaitMs);
        MinBytes = wire.Int32(MinBytes);
        MaxBytes = wire.Int32(MaxBytes);
        IsolationLevel = (IsolationLevel)wire.Int8((sbyte)IsolationLevel);
        SessionId = wire.Int32(SessionId, since: 7);
        SessionEpoch = wire.Int32(SessionEpoch, since: 7);
        Topics = wire.Array(Topics);
        ForgottenTopics = wire.Array(ForgottenTopics, since: 7);
        RackId = wire.String(RackId, since: 11);
    }
}

/// <summary>Which records of transactions a fetch shows.</summary>
public enum IsolationLevel : sbyte
{
    /// <summary>Everything up to the high watermark.</summary>
    ReadUncommitted = 0,

    /// <summary>Everything up to the last stable offset, with the list of aborted transactions in it.</summary>
    ReadCommitted = 1,
}

/// <summary>A topic to fetch from.</summary>
public sealed record FetchTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<FetchPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition to fetch from.</summary>
public sealed record FetchPartition : WireStruct
{
    public int Partition { get; set; }

    /// <summary>The leader epoch that the client knows; -1 for any.</summary>
    public int CurrentLeaderEpoch { get; set; } = -1;

    /// <summary>The first offset wanted; the batch that holds it comes whole.</summary>
    public long FetchOffset { get; set; }

    /// <summary>A follower's; -1 for a consumer.</summary>
    public long LogStartOffset { get; set; } = -1;

    /// <summary>A bound on this partition's share, in bytes.</summary>
    public int PartitionMaxBytes { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        CurrentLeaderEpoch = wire.Int32(CurrentLeaderEpoch, since: 9);
        FetchOffset = wire.Int64(FetchOffset);
        LogStartOffset = wire.Int64(LogStartOffset, since: 5);
        PartitionMaxBytes = wire.Int32(PartitionMaxBytes);
    }
}

/// <summary>Partitions that leave a fetch session.</summary>
public sealed record ForgottenTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<int> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Int32Array(Partitions);
    }
}

/// <summary>Answers <see cref="FetchRequest"/>.</summary>
public sealed record FetchResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public int SessionId { get; set; }

    public IReadOnlyList<FetchedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode, since: 7);
        SessionId = wire.Int32(SessionId, since: 7);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of a fetch response.</summary>
public sealed record FetchedTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<FetchedPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition's share of a fetch response.</summary>
public sealed record FetchedPartition : WireStruct
{
    public int Partition { get; set; }

    public ErrorCode ErrorCode { get; set; }

    public long HighWatermark { get; set; }

    /// <summary>Below it every transaction is decided; -1 where the broker does not say.</summary>
    public long LastStableOffset { get; set; } = -1;

    /// <summary>-1 where the broker does not say.</summary>
    public long LogStartOffset { get; set; } = -1;

    /// <summary>The aborted transactions that overlap this response; they hold for this response alone. Null when read uncommitted.</summary>
    public IReadOnlyList<AbortedTransaction>? AbortedTransactions { get; set; }

    public int PreferredReadReplica { get; set; } = -1;

    /// <summary>Record batches as they lie in the log; the last one may be cut off.</summary>
    public ReadOnlyMemory<byte>? Records { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        ErrorCode = wire.Error(ErrorCode);
        HighWatermark = wire.Int64(HighWatermark);
        LastStableOffset = wire.Int64(LastStableOffset);
        LogStartOffset = wire.Int64(LogStartOffset, since: 5);
        AbortedTransactions = wire.NullableArray(AbortedTransactions);
        PreferredReadReplica = wire.Int32(PreferredReadReplica, since: 11);
        Records = wire.NullableBytes(Records);
    }
}

/// <summary>An aborted transaction in a fetch response: it begins at <see cref="FirstOffset"/> and ends at the producer's next marker.</summary>
public sealed record AbortedTransaction : WireStruct
{
    public long ProducerId { get; set; }

    public long FirstOffset { get; set; }

    public override void Describe(Wire wire)
    {
        ProducerId = wire.Int64(ProducerId);
        FirstOffset = wire.Int64(FirstOffset);
    }
}
