using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Commits a group's offsets as part of a transaction. Source: TxnOffsetCommit (key 28), versions 0 to 2.</summary>
public sealed record TxnOffsetCommitRequest : Request<TxnOffsetCommitResponse>
{
    public override ApiKey Key => ApiKey.TxnOffsetCommit;

    public string TransactionalId { get; set; } = "";

    public string GroupId { get; set; } = "";

    public long ProducerId { get; set; }

    public short ProducerEpoch { get; set; }

    public IReadOnlyList<TxnOffsetCommitTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        TransactionalId = wire.String(TransactionalId);
        GroupId = wire.String(GroupId);
        ProducerId = wire.Int64(ProducerId);
        ProducerEpoch = wire.Int16(ProducerEpoch);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic to commit offsets of.</summary>
public sealed record TxnOffsetCommitTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<TxnOffsetCommitPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>The offset to commit for a partition: that of the next record to read.</summary>
public sealed record TxnOffsetCommitPartition : WireStruct
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
        LeaderEpoch = wire.Int32(LeaderEpoch, since: 2);
        Metadata = wire.NullableString(Metadata);
    }
}

/// <summary>Answers <see cref="TxnOffsetCommitRequest"/>.</summary>
public sealed record TxnOffsetCommitResponse : Response
{
    public IReadOnlyList<CommittedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Topics = wire.Array(Topics);
    }
}
