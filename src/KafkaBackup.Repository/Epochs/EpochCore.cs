using System.Text.Json.Serialization;

namespace KafkaBackup.Repository.Epochs;

/// <summary>
/// What an epoch is: the cluster's state at the cut, and what was added to the backup. It never changes, holds no wall clock, and is hashed into its successor.
/// Source: FORMAT.md, "Manifests".
/// </summary>
/// <param name="Sequence">The epoch's number, from 1.</param>
/// <param name="Parent">The epoch before; null for the first.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="Topics">The topics that the epoch holds.</param>
/// <param name="Groups">The consumer groups.</param>
public sealed record EpochCore(
    long Sequence,
    EpochParent? Parent,
    ClusterIdentity Cluster,
    IReadOnlyList<TopicEpoch> Topics,
    IReadOnlyList<GroupEpoch> Groups)
{
    /// <summary>
    /// The access control entries; null, and then not written, where the cluster has no access control, or they were not asked for or not to be read.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AclEpoch>? Acls { get; init; }
}

/// <summary>An access control entry. Every word is Kafka's own, as its tools print it; what was not known to the writer is its number on the wire.</summary>
/// <param name="ResourceType">TOPIC, GROUP, CLUSTER or TRANSACTIONAL_ID.</param>
/// <param name="Resource">The resource's name, or what it begins with; <c>*</c> is every name.</param>
/// <param name="Pattern">LITERAL or PREFIXED.</param>
/// <param name="Principal">Such as <c>User:alice</c>.</param>
/// <param name="Host">An address, or <c>*</c>.</param>
/// <param name="Operation">Such as READ or DESCRIBE_CONFIGS.</param>
/// <param name="Permission">ALLOW or DENY.</param>
public sealed record AclEpoch(string ResourceType, string Resource, string Pattern, string Principal, string Host, string Operation, string Permission);

/// <summary>The epoch that another one follows.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Core">Its core hash.</param>
public sealed record EpochParent(long Sequence, string Core);

/// <summary>The cluster that was backed up.</summary>
/// <param name="Id">Its id, as its brokers say.</param>
public sealed record ClusterIdentity(string Id);

/// <summary>A topic in an epoch.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Lineage">Its life: the topic id, or <c>life-1</c> and so on where brokers give none.</param>
/// <param name="TopicId">Its id; null where brokers give none.</param>
/// <param name="Configuration">Its settings that are not defaults.</param>
/// <param name="ReplicationFactor">Its replicas per partition.</param>
/// <param name="Partitions">All its partitions, empty ones too.</param>
/// <param name="Gaps">Offsets in the partitions' ranges that were not there to be read.</param>
/// <param name="Notes">What a restore should know.</param>
public sealed record TopicEpoch(
    string Name,
    string Lineage,
    string? TopicId,
    IReadOnlyDictionary<string, string?> Configuration,
    int ReplicationFactor,
    IReadOnlyList<PartitionEpoch> Partitions,
    IReadOnlyList<PartitionGap> Gaps,
    IReadOnlyList<TopicNote> Notes)
{
    /// <summary>The name of the topic's journal in a manifest's lists: topic and lineage.</summary>
    internal string Journal => $"{Name}/{Lineage}";
}

/// <summary>A partition in an epoch.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="LogStart">The first offset that the log had at the cut.</param>
/// <param name="From">The first offset of what the epoch adds.</param>
/// <param name="To">The cut: the offset after the last of what the epoch adds.</param>
/// <param name="LeaderEpoch">The leader epoch at the cut; -1 if unknown.</param>
/// <param name="Batches">Batches added.</param>
/// <param name="Records">Their record counts, control batches left out, aborted ones included.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="MaxTimestamp">The largest timestamp of these batches, in milliseconds; -1 for none.</param>
/// <param name="Digest">The SHA-256 over their bytes in order; null if there are none.</param>
public sealed record PartitionEpoch(
    int Partition,
    long LogStart,
    long From,
    long To,
    int LeaderEpoch,
    long Batches,
    long Records,
    long Bytes,
    long MaxTimestamp,
    string? Digest);

/// <summary>Offsets that were not there to be read.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="From">The first.</param>
/// <param name="To">The offset after the last.</param>
/// <param name="Reason">Why: <c>retention</c>, or another word.</param>
public sealed record PartitionGap(int Partition, long From, long To, string Reason);

/// <summary>What a restore of a topic should know.</summary>
/// <param name="Code">A word for programs, such as <c>compacted-while-read</c>.</param>
/// <param name="Partition">The partition; null for the whole topic.</param>
/// <param name="From">The first offset concerned; null for all.</param>
/// <param name="To">The offset after the last concerned; null for all.</param>
/// <param name="Text">A sentence for people.</param>
public sealed record TopicNote(string Code, int? Partition, long? From, long? To, string Text);

/// <summary>A consumer group in an epoch.</summary>
/// <param name="Group">Its id.</param>
/// <param name="Offsets">Its committed offsets.</param>
public sealed record GroupEpoch(string Group, IReadOnlyList<GroupOffset> Offsets);

/// <summary>An offset that a group has committed.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset to be read next.</param>
/// <param name="LeaderEpoch">The leader epoch committed with it; -1 for none.</param>
/// <param name="Metadata">The text committed with it.</param>
/// <param name="State">Whether it moved while the cut was made.</param>
public sealed record GroupOffset(string Topic, int Partition, long Offset, int LeaderEpoch, string Metadata, GroupOffsetState State);

/// <summary>Whether a group's offset held still while the cut was made.</summary>
public enum GroupOffsetState
{
    /// <summary>The same before and after.</summary>
    [JsonStringEnumMemberName("exact")]
    Exact,

    /// <summary>Not the same: the earlier one is kept, so that nothing is lost.</summary>
    [JsonStringEnumMemberName("moving")]
    Moving,
}
