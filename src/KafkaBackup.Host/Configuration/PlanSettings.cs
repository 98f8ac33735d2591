using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Host.Configuration;

/// <summary>A plan: what is backed up, and when.</summary>
public sealed class PlanSettings
{
    /// <summary>A six-field NCRONTAB expression (seconds first, UTC), or <c>continuous</c>.</summary>
    public string? Schedule { get; set; }

    /// <summary>The cluster: a named connection, or HOST:PORT[,...].</summary>
    public string? Cluster { get; set; }

    /// <summary>The repository: a named connection, or <c>KIND:PLACE</c>.</summary>
    public string? Repository { get; set; }

    /// <summary>Selectors of topics; none for all.</summary>
    public string[] Topics { get; set; } = [];

    /// <summary>Selectors of topics to leave out.</summary>
    public string[] Exclude { get; set; } = [];

    /// <summary>Selectors of consumer groups; none for all.</summary>
    public string[] Groups { get; set; } = [];

    /// <summary>Which access control entries belong to an epoch: none, matching (those that hold for its topics and groups) or all. Default: matching.</summary>
    public AclScope Acls { get; set; } = AclScope.Matching;

    /// <summary>Where a new segment begins, in bytes. Default 1 GiB.</summary>
    public long? SegmentBytes { get; set; }

    /// <summary>Segments of so many bytes at most share objects, packs; 0 for none. Default 2 MiB.</summary>
    public long? PackedSegmentBytes { get; set; }

    /// <summary>Where a new pack begins, in bytes. Default 32 MiB.</summary>
    public long? PackBytes { get; set; }

    /// <summary>The most that an epoch reads, in bytes a second. Default: no limit.</summary>
    public long? RateLimit { get; set; }

    /// <summary>Which epochs of the repository are kept; a prune runs after each epoch of the plan. Default: all are kept.</summary>
    public RetentionSettings? Retention { get; set; }
}
