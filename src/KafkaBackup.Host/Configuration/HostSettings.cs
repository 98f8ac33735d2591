using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Host.Configuration;

/// <summary>What the section <c>KafkaBackup</c> of the configuration holds. An unknown key in it is an error.</summary>
public sealed class HostSettings
{
    /// <summary>The section's name.</summary>
    public const string Section = "KafkaBackup";

    /// <summary>Where HTTP is served. Default http://127.0.0.1:7071; port 0 takes a free one.</summary>
    public string Listen { get; set; } = "http://127.0.0.1:7071";

    /// <summary>What callers have to send as <c>X-Api-Key</c>; needed on any address but loopback. Default: none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>API keys by the names of those who have them, so that the histories tell who asked: each is as good as <see cref="ApiKey"/>. Default: none.</summary>
    public Dictionary<string, string> ApiKeys { get; set; } = [];

    /// <summary>The folder that keeps the histories of orchestrations. Default <c>./.kafka-backup</c>.</summary>
    public string State { get; set; } = ".kafka-backup";

    /// <summary>Clusters by name: librdkafka client properties, of which <c>bootstrap.servers</c> is needed.</summary>
    public Dictionary<string, Dictionary<string, string>> Clusters { get; set; } = [];

    /// <summary>Repositories by name. One that needs nothing but its location may be written as that alone: <c>Repositories:vault = file:/var/backups/kafka</c>.</summary>
    public Dictionary<string, RepositorySettings> Repositories { get; set; } = [];

    /// <summary>Plans by name.</summary>
    public Dictionary<string, PlanSettings> Plans { get; set; } = [];

    /// <summary>Whether callers have to send an API key.</summary>
    internal bool HasApiKey => !string.IsNullOrEmpty(ApiKey) || ApiKeys.Count > 0;
}

/// <summary>A repository: where it is, and what it takes to use it.</summary>
public sealed class RepositorySettings
{
    /// <summary>The place, such as <c>file:/var/backups/kafka</c>.</summary>
    public string? Location { get; set; }

    /// <summary>The environment variable that holds the passphrase, if the repository is encrypted, or is to be when it is made.</summary>
    public string? PassphraseVariable { get; set; }

    /// <summary>The file whose first line is the passphrase.</summary>
    public string? PassphraseFile { get; set; }

    /// <summary>The key file.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Whether topics' names are kept out of objects' names too when the repository is made. Default: false.</summary>
    public bool HideTopicNames { get; set; }
}

/// <summary>A plan: what is backed up, and when.</summary>
public sealed class PlanSettings
{
    /// <summary>A six-field NCRONTAB expression (seconds first, UTC), or <c>continuous</c>.</summary>
    public string? Schedule { get; set; }

    /// <summary>The cluster: a named connection, or HOST:PORT[,...].</summary>
    public string? Cluster { get; set; }

    /// <summary>The repository: a named connection, or <c>file:PATH</c>.</summary>
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

    /// <summary>The most that an epoch reads, in bytes a second. Default: no limit.</summary>
    public long? RateLimit { get; set; }
}

/// <summary>The configuration says something that makes no sense. The message lists every fault.</summary>
public sealed class HostConfigurationException(IReadOnlyList<string> faults) : Exception(string.Join("; ", faults))
{
    /// <summary>The faults, one each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
