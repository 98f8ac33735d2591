using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks where leader epochs end, to find out whether a log was truncated. Source: OffsetForLeaderEpoch (key 23), versions 0 to 3.</summary>
public sealed record OffsetForLeaderEpochRequest : Request<OffsetForLeaderEpochResponse>
{
    public override ApiKey Key => ApiKey.OffsetForLeaderEpoch;

    /// <summary>-2: neither replica nor consumer.</summary>
    public int ReplicaId { get; set; } = -2;

    public IReadOnlyList<LeaderEpochTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ReplicaId = wire.Int32(ReplicaId, since: 3);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic to ask about.</summary>
public sealed record LeaderEpochTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<LeaderEpochPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition to ask about.</summary>
public sealed record LeaderEpochPartition : WireStruct
{
    public int Partition { get; set; }

    /// <summary>The leader epoch that the client knows; -1 for any.</summary>
    public int CurrentLeaderEpoch { get; set; } = -1;

    /// <summary>The epoch whose end is asked for.</summary>
    public int LeaderEpoch { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        CurrentLeaderEpoch = wire.Int32(CurrentLeaderEpoch, since: 2);
        LeaderEpoch = wire.Int32(LeaderEpoch);
    }
}

/// <summary>Answers <see cref="OffsetForLeaderEpochRequest"/>.</summary>
public sealed record OffsetForLeaderEpochResponse : Response
{
    public IReadOnlyList<EpochEndTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 2);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of the answer.</summary>
public sealed record EpochEndTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<EpochEndPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>Where an epoch ends.</summary>
public sealed record EpochEndPartition : WireStruct
{
    public ErrorCode ErrorCode { get; set; }

    public int Partition { get; set; }

    /// <summary>The largest epoch not above the one asked for; -1 where there is none.</summary>
    public int LeaderEpoch { get; set; } = -1;

    /// <summary>The first offset after that epoch.</summary>
    public long EndOffset { get; set; } = -1;

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        Partition = wire.Int32(Partition);
        LeaderEpoch = wire.Int32(LeaderEpoch, since: 1);
        EndOffset = wire.Int64(EndOffset);
    }
}
