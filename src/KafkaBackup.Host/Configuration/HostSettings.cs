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

    /// <summary>Where the histories of orchestrations are kept. Its location may be written as that alone: <c>State = /var/lib/kafka-backup</c>.</summary>
    public StateSettings State { get; set; } = new();

    /// <summary>How long a writer of a repository may be silent before another one takes its place, in seconds; 1 or more, the same for all hosts of a repository. Default 30.</summary>
    public long? LeaseSeconds { get; set; }

    /// <summary>Clusters by name: librdkafka client properties, of which <c>bootstrap.servers</c> is needed.</summary>
    public Dictionary<string, Dictionary<string, string>> Clusters { get; set; } = [];

    /// <summary>Repositories by name. One that needs nothing but its location may be written as that alone: <c>Repositories:vault = file:/var/backups/kafka</c>.</summary>
    public Dictionary<string, RepositorySettings> Repositories { get; set; } = [];

    /// <summary>How Azure Storage is reached, for <c>azure:</c> addresses and for connections that do not say it themselves.</summary>
    public AzureSettings? Azure { get; set; }

    /// <summary>How S3 is reached, for <c>s3:</c> addresses and for connections that do not say it themselves. Default: Amazon's, with what AWS's own variables and files say.</summary>
    public S3Settings? S3 { get; set; }

    /// <summary>Plans by name.</summary>
    public Dictionary<string, PlanSettings> Plans { get; set; } = [];

    /// <summary>How long the histories of finished orchestrations are kept. Default: for ever.</summary>
    public HistorySettings History { get; set; } = new();

    /// <summary>Whether callers have to send an API key.</summary>
    internal bool HasApiKey => !string.IsNullOrEmpty(ApiKey) || ApiKeys.Count > 0;
}

/// <summary>The configuration says something that makes no sense. The message lists every fault.</summary>
public sealed class HostConfigurationException(IReadOnlyList<string> faults) : Exception(string.Join("; ", faults))
{
    /// <summary>The faults, one each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
