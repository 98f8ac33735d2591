using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Workflows.Progress;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Backup;

/// <summary>What is asked of a backup: the input of <see cref="BackupEpoch"/>. It names connections and holds no secret.</summary>
public record BackupRequest
{
    /// <summary>The cluster to read: a named connection, or HOST:PORT[,...].</summary>
    public required string Cluster { get; init; }

    /// <summary>The repository to write: a named connection, or <c>KIND:PLACE</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Selectors of the topics; empty for all but internal ones.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Selectors of topics to leave out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Selectors of the consumer groups; empty for all.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Which access control entries belong to the epoch.</summary>
    public AclScope Acls { get; init; } = AclScope.Matching;

    /// <summary>Where a new segment begins, in bytes; null for the repository's default of 1 GiB.</summary>
    public long? SegmentBytes { get; init; }

    /// <summary>Segments of so many bytes at most share objects, 0 for none; null for the repository's default of 2 MiB.</summary>
    public long? PackedSegmentBytes { get; init; }

    /// <summary>Where a new one of these objects begins, in bytes; null for the repository's default of 32 MiB.</summary>
    public long? PackBytes { get; init; }

    /// <summary>The most that the run reads, in bytes a second; null for no limit.</summary>
    public long? RateLimit { get; init; }

    /// <summary>Which plan asked for it; null for a person.</summary>
    public string? Plan { get; init; }

    /// <summary>What all attempts of the run keep to.</summary>
    internal SegmentPolicy Policy()
    {
        var usual = SegmentPolicy.Default;
        return usual with
        {
            SegmentBytes = SegmentBytes ?? usual.SegmentBytes,
            PackedSegmentBytes = (int)Math.Min(int.MaxValue, PackedSegmentBytes ?? usual.PackedSegmentBytes),
            PackBytes = PackBytes ?? usual.PackBytes,
        };
    }
}

/// <summary>What an epoch is going to hold.</summary>
/// <param name="Generation">The name of this run in the repository.</param>
/// <param name="Sequence">The number that the epoch will have.</param>
/// <param name="ParentCore">The core hash of the epoch before; null for the first.</param>
/// <param name="ClusterId">The cluster's id; empty where it has none.</param>
/// <param name="Topics">The topics chosen, in order.</param>
public sealed record EpochPlan(string Generation, long Sequence, string? ParentCore, string ClusterId, IReadOnlyList<string> Topics)
{
    /// <summary>The client quotas that held for the run when it was planned; null in a run that an earlier version began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClientQuotaView? Quotas { get; init; }
}

/// <summary>Asks what consumer groups have committed: the input of <see cref="CaptureGroups"/>.</summary>
public sealed record CaptureRequest : BackupRequest
{
    /// <summary>For the one who reads it from a history.</summary>
    [JsonConstructor]
    public CaptureRequest()
    {
    }

    /// <summary>Asks on behalf of a run.</summary>
    /// <param name="request">What was asked of the run.</param>
    /// <param name="generation">The run's name in the repository.</param>
    [SetsRequiredMembers]
    public CaptureRequest(BackupRequest request, string generation)
        : base(request) => Generation = generation;

    /// <summary>The run's name in the repository; null in a run that an earlier version began, whose groups all lie in its history.</summary>
    public string? Generation { get; init; }
}

/// <summary>What consumer groups had committed at one moment.</summary>
/// <param name="Groups">The groups, in order.</param>
public sealed record GroupCapture(IReadOnlyList<CapturedGroup> Groups)
{
    /// <summary>Where the groups are, if they are too many for a history: <see cref="Groups"/> is empty then.</summary>
    public HandedOver? Stored { get; init; }
}

/// <summary>A consumer group's offsets.</summary>
public sealed record CapturedGroup(string Group, IReadOnlyList<CapturedOffset> Offsets);

/// <summary>A committed offset.</summary>
public sealed record CapturedOffset(string Topic, int Partition, long Offset, int LeaderEpoch, string Metadata);

/// <summary>Where the epoch ends.</summary>
/// <param name="FixedAt">When the last of the ends was fixed.</param>
/// <param name="Topics">Each topic with the ends of its partitions.</param>
public sealed record EpochCut(DateTimeOffset FixedAt, IReadOnlyList<TopicCut> Topics)
{
    /// <summary>Where the topics are, if they are too many for a history: <see cref="Topics"/> is empty then.</summary>
    public HandedOver? Stored { get; init; }

    /// <summary>How many slices of work a stored cut comes to.</summary>
    public int Slices { get; init; }
}

/// <summary>A topic at the cut.</summary>
/// <param name="Topic">Its name.</param>
/// <param name="Lineage">Which of its lives it is.</param>
/// <param name="TopicId">Its id; null where the brokers have none.</param>
/// <param name="ReplicationFactor">How many replicas its partitions have.</param>
/// <param name="Configuration">The settings that are its own.</param>
/// <param name="Partitions">Its partitions, in order.</param>
public sealed record TopicCut(
    string Topic, string Lineage, string? TopicId, int ReplicationFactor, IReadOnlyDictionary<string, string?> Configuration,
    IReadOnlyList<PartitionCut> Partitions)
{
    /// <summary>What the log has lost of the life before this one, which is why this one begins.</summary>
    public IReadOnlyList<LostRange> Lost { get; init; } = [];
}

/// <summary>Offsets in [<paramref name="From"/>, <paramref name="To"/>) that are backed up and that the log no longer has, or has other records at.</summary>
public sealed record LostRange(int Partition, long From, long To);

/// <summary>A partition at the cut: the epoch adds what is decided in [<paramref name="From"/>, <paramref name="To"/>).</summary>
public sealed record PartitionCut(int Partition, long LogStart, long From, long To, int LeaderEpoch);

/// <summary>A partition in a slice of work.</summary>
public sealed record SlicePartition(string Topic, string Lineage, int Partition, long LogStart, long From, long To);

/// <summary>A slice of an epoch's partitions: the input of <see cref="BackUpPartitions"/>.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Generation">The run's name in the repository.</param>
/// <param name="Number">Which of the run's slices it is, from 0: its packs are named by it; null in a run that an earlier version began, which has none.</param>
/// <param name="RateLimit">The slice's share of the run's limit, in bytes a second.</param>
/// <param name="Partitions">What to write.</param>
public sealed record BackupSlice(BackupRequest Request, string Generation, int? Number, long? RateLimit, IReadOnlyList<SlicePartition> Partitions)
{
    /// <summary>The cut that this is a slice of, if it is too large for a history: <see cref="Partitions"/> is empty then.</summary>
    public HandedOver? Cut { get; init; }

    /// <summary>The client quotas that held for the run when it was planned; null in a run that an earlier version began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClientQuotaView? Quotas { get; init; }
}

/// <summary>What a slice has written.</summary>
public sealed record BackedUpSlice(IReadOnlyList<BackedUpPartition> Partitions)
{
    /// <summary>Where the partitions are, if they are too many for a history: <see cref="Partitions"/> is empty then.</summary>
    public HandedOver? Stored { get; init; }

    /// <summary>How long the cluster held the attempt back that ended it, in seconds.</summary>
    public double ThrottledSeconds { get; init; }
}

/// <summary>What was written of a partition, and what was not there to be read.</summary>
public sealed record BackedUpPartition(string Topic, PartitionBackup Backup, IReadOnlyList<CapturedGap> Gaps);

/// <summary>Offsets in [<paramref name="From"/>, <paramref name="To"/>) that were gone.</summary>
public sealed record CapturedGap(long From, long To);

/// <summary>Everything that an epoch's manifest is made of.</summary>
public sealed record SealRequest(
    BackupRequest Request, EpochPlan Plan, EpochCut Cut, GroupCapture Before, GroupCapture After, IReadOnlyList<BackedUpSlice> Slices,
    string InstanceId, DateTimeOffset StartedAt, DateTimeOffset SealedAt);

/// <summary>What an epoch came to: the output of <see cref="BackupEpoch"/>.</summary>
/// <param name="Epoch">Its sequence number.</param>
/// <param name="Core">The hash of its core.</param>
/// <param name="Topics">Topics in it.</param>
/// <param name="Partitions">Partitions in it.</param>
/// <param name="Groups">Consumer groups in it.</param>
/// <param name="Records">Records that it adds, those of aborted transactions included.</param>
/// <param name="Bytes">Bytes that it adds.</param>
/// <param name="Segments">Segments that it adds.</param>
/// <param name="Warnings">What the operator should know; with any, the epoch is complete but for what they name.</param>
public sealed record BackupReport(
    long Epoch, string Core, int Topics, int Partitions, int Groups, long Records, long Bytes, int Segments, IReadOnlyList<string> Warnings)
{
    /// <summary>Access control entries in it; null where it holds none because the cluster has no access control, or they were not asked for or not to be read.</summary>
    public int? Acls { get; init; }

    /// <summary>How long the cluster held it back; null if it did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Throttling? Throttling { get; init; }
}
