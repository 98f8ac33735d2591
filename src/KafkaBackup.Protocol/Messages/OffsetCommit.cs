using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Commits a group's offsets. Source: OffsetCommit (key 8), versions 2 to 8.</summary>
public sealed record OffsetCommitRequest : Request<OffsetCommitResponse>
{
    public override ApiKey Key => ApiKey.OffsetCommit;

    public string GroupId { get; set; } = "";

    /// <summary>-1 from one who is no member.</summary>
    public int GenerationId { get; set; } = -1;

    /// <summary>Empty from one who is no member.</summary>
    public string MemberId { get; set; } = "";

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public string? GroupInstanceId { get; set; }

    /// <summary>-1: the broker's.</summary>
    public long RetentionTimeMs { get; set; } = -1;

    public IReadOnlyList<OffsetCommitTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        GenerationId = wire.Int32(GenerationId);
        MemberId = wire.String(MemberId);
        GroupInstanceId = wire.NullableString(GroupInstanceId, since: 7);
        RetentionTimeMs = wire.Int64(RetentionTimeMs, since: 2, until: 4);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic to commit offsets of.</summary>
public sealed record OffsetCommitTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<OffsetCommitPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>The offset to commit for a partition: that of the next record to read.</summary>
public sealed record OffsetCommitPartition : WireStruct
{
    public int Partition { get; set; }

    public long Offset { get; set; }

    /// <summary>That of the last record read; -1 where unknown.</summary>
    public int LeaderEpoch { get; set; } = -1;

    public string? Metadata { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        Offset = wire.Int64(Offset);
        LeaderEpoch = wire.Int32(LeaderEpoch, since: 6);
        Metadata = wire.NullableString(Metadata);
    }
}

/// <summary>Answers <see cref="OffsetCommitRequest"/>.</summary>
public sealed record OffsetCommitResponse : Response
{
    public IReadOnlyList<CommittedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 3);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of the answer.</summary>
public sealed record CommittedTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<CommittedPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>Whether a partition's offset was committed.</summary>
public sealed record CommittedPartition : WireStruct
{
    public int Partition { get; set; }

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        ErrorCode = wire.Error(ErrorCode);
    }
}
