using System.Text.Json.Serialization;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Workflows.Progress;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Restore;

/// <summary>What is asked of a restore: the input of <see cref="RestoreEpoch"/>. It names connections and holds no secret.</summary>
public sealed record RestoreRequest
{
    /// <summary>The cluster to write: a named connection, or HOST:PORT[,...].</summary>
    public required string Cluster { get; init; }

    /// <summary>The repository to read: a named connection, or <c>KIND:PLACE</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The epoch's sequence number; null for the latest one (of those sealed by <see cref="AsOf"/>, if that is given).</summary>
    public long? Epoch { get; init; }

    /// <summary>Restores the latest epoch that was sealed at or before this time.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>Selectors of the topics, by their names in the backup; empty for all.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>OLD=NEW: a topic's name at the target; with one <c>*</c> on each side, for all that match.</summary>
    public IReadOnlyList<string> Map { get; init; } = [];

    /// <summary>Selectors of the consumer groups; empty for all.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Leaves consumer groups alone.</summary>
    public bool NoOffsets { get; init; }

    /// <summary>Which of the epoch's access control entries are created at the target. Entries there are never removed.</summary>
    public AclScope Acls { get; init; } = AclScope.None;

    /// <summary>Settings of topics that are not restored, by name: those that the target's version does not know, or its owner does not allow.</summary>
    public IReadOnlyList<string> WithoutSettings { get; init; } = [];

    /// <summary>Plans, and writes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Appends to target topics that hold records already.</summary>
    public bool Force { get; init; }

    /// <summary>The most that the run writes, in bytes a second; null for no limit.</summary>
    public long? RateLimit { get; init; }
}

/// <summary>What a restore is going to do.</summary>
/// <param name="RestoreId">The restore's name in the repository.</param>
/// <param name="Epoch">The epoch's sequence number.</param>
/// <param name="Topics">Each topic with its target.</param>
/// <param name="Groups">The consumer groups whose offsets are going to be committed.</param>
/// <param name="Violations">What stands in its way; with any, nothing is written.</param>
public sealed record RestorePlan(
    string RestoreId, long Epoch, IReadOnlyList<TopicPlan> Topics, IReadOnlyList<string> Groups, IReadOnlyList<string> Violations)
{
    /// <summary>Of a plan alone: the access control entries that would be created, as lines for people.</summary>
    public IReadOnlyList<string> Acls { get; init; } = [];

    /// <summary>The client quotas that held for the run when it was planned; null in a run that an earlier version began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClientQuotaView? Quotas { get; init; }
}

/// <summary>A topic's way to the target.</summary>
/// <param name="Source">Its name in the backup.</param>
/// <param name="Lineage">Which of its lives.</param>
/// <param name="Target">Its name at the target.</param>
/// <param name="Exists">Whether the target has it already.</param>
/// <param name="ReplicationFactor">Of the topic to be created.</param>
/// <param name="Settings">What the topic is configured to when the restore is done.</param>
/// <param name="LargestBatch">The largest batch that may be sent, in bytes.</param>
/// <param name="Partitions">Its partitions.</param>
public sealed record TopicPlan(
    string Source, string Lineage, string Target, bool Exists, short ReplicationFactor, IReadOnlyDictionary<string, string?> Settings,
    int LargestBatch, IReadOnlyList<PartitionPlan> Partitions);

/// <summary>A partition's way to the target: the records of the backup in [<paramref name="From"/>, <paramref name="To"/>).</summary>
public sealed record PartitionPlan(int Partition, long From, long To);

/// <summary>A slice of a restore's partitions: the input of <see cref="RestorePartitions"/>.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="RestoreId">The restore's name in the repository.</param>
/// <param name="Epoch">The epoch's sequence number.</param>
/// <param name="RateLimit">The slice's share of the run's limit, in bytes a second.</param>
/// <param name="Partitions">What to write.</param>
public sealed record RestoreSlice(RestoreRequest Request, string RestoreId, long Epoch, long? RateLimit, IReadOnlyList<SlicedPartition> Partitions)
{
    /// <summary>The epoch is read as if there were no merge above this number.</summary>
    public long Merge { get; init; }

    /// <summary>The client quotas that held for the run when it was planned; null in a run that an earlier version began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClientQuotaView? Quotas { get; init; }
}

/// <summary>A partition in a slice of work.</summary>
public sealed record SlicedPartition(string Source, string Lineage, string Target, int Partition, long From, long To, TransformPolicy Policy);

/// <summary>What a slice has written.</summary>
public sealed record RestoredSlice(IReadOnlyList<RestoredPartition> Partitions)
{
    /// <summary>How long the cluster held the attempt back that ended it, in seconds.</summary>
    public double ThrottledSeconds { get; init; }
}

/// <summary>What was written to one target partition.</summary>
/// <param name="Source">The topic's name in the backup.</param>
/// <param name="Target">Its name at the target.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Records">Records restored.</param>
/// <param name="TargetStart">The first one's offset.</param>
/// <param name="TargetEnd">The offset after the last one.</param>
/// <param name="FoundRecords">Of them, how many an earlier attempt had written.</param>
/// <param name="BrokerTimestamps">Of them, how many had the broker's time and now have it as the producer's.</param>
/// <param name="Map">The object that holds the offset map.</param>
public sealed record RestoredPartition(
    string Source, string Target, int Partition, long Records, long TargetStart, long TargetEnd, long FoundRecords, long BrokerTimestamps, string Map);

/// <summary>A group's offset on the target.</summary>
/// <param name="Group">The group.</param>
/// <param name="SourceTopic">The topic's name in the backup.</param>
/// <param name="Topic">Its name at the target.</param>
/// <param name="Partition">The partition.</param>
/// <param name="SourceOffset">What the group had committed.</param>
/// <param name="TargetOffset">Where it goes on.</param>
/// <param name="Rule">Why there.</param>
/// <param name="Moving">Whether the group was moving while it was backed up: it may read again what it had read.</param>
/// <param name="Metadata">What the consumer had noted beside its offset.</param>
public sealed record TranslatedOffset(
    string Group, string SourceTopic, string Topic, int Partition, long SourceOffset, long TargetOffset, OffsetRule Rule, bool Moving, string Metadata);

/// <summary>Offsets of groups, translated.</summary>
public sealed record TranslatedOffsets(IReadOnlyList<TranslatedOffset> Offsets);

/// <summary>What became of the groups.</summary>
/// <param name="Committed">Groups whose offsets stand at the target.</param>
/// <param name="Refused">Groups that were left alone, each with the reason.</param>
public sealed record CommittedGroups(IReadOnlyList<string> Committed, IReadOnlyList<string> Refused);

/// <summary>What a restore came to: the output of <see cref="RestoreEpoch"/>.</summary>
/// <param name="RestoreId">Its name in the repository.</param>
/// <param name="Epoch">The epoch restored.</param>
/// <param name="DryRun">Whether nothing was written.</param>
/// <param name="Topics">Topics restored, as SOURCE or SOURCE=TARGET.</param>
/// <param name="Partitions">Partitions restored.</param>
/// <param name="Records">Records restored.</param>
/// <param name="Offsets">Every group offset, with the rule that gave it.</param>
/// <param name="Groups">Groups whose offsets stand at the target.</param>
/// <param name="Violations">What stood in its way.</param>
/// <param name="Notes">What is different at the target, and meant to be.</param>
/// <param name="Warnings">What the operator should look at.</param>
public sealed record RestoreReport(
    string RestoreId, long Epoch, bool DryRun, IReadOnlyList<string> Topics, int Partitions, long Records, IReadOnlyList<TranslatedOffset> Offsets,
    IReadOnlyList<string> Groups, IReadOnlyList<string> Violations, IReadOnlyList<string> Notes, IReadOnlyList<string> Warnings)
{
    /// <summary>Of a plan alone: the access control entries that would be created, as lines for people.</summary>
    public IReadOnlyList<string> Acls { get; init; } = [];

    /// <summary>How many access control entries were created; null where none were asked for.</summary>
    public int? CreatedAcls { get; init; }

    /// <summary>How many of those asked for the target had already; null where none were asked for.</summary>
    public int? FoundAcls { get; init; }

    /// <summary>How long the cluster held it back; null if it did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Throttling? Throttling { get; init; }

    /// <summary>Of a plan alone: the client quotas that would hold for the restore.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClientQuotaView? Quotas { get; init; }
}
