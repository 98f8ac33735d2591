namespace KafkaBackup.Host.Configuration;

/// <summary>Where the histories of orchestrations are kept, and, if several hosts keep theirs in one place, how they work together.</summary>
public sealed class StateSettings
{
    /// <summary>What an address of Azure Storage begins with.</summary>
    internal const string AzureScheme = "azure:";

    /// <summary>
    /// A folder, for one process; or <c>azure:NAME</c> for histories in Azure Tables, where all hosts with the same name in the same account work together. The name
    /// begins those of three tables and a container: 3 to 40 lower-case letters and digits. Default <c>./.kafka-backup</c>.
    /// </summary>
    public string Location { get; set; } = ".kafka-backup";

    /// <summary>How the storage account is reached. Default: what the section's own <c>Azure</c> says.</summary>
    public AzureSettings? Azure { get; set; }

    /// <summary>The URL of the account's tables, where it does not follow from the one of its blobs (<c>https://ACCOUNT.blob.CLOUD</c>).</summary>
    public string? TableUrl { get; set; }

    /// <summary>
    /// The IP address on which the other hosts reach this one. Default 127.0.0.1: all hosts run on this machine. What they say to each other is neither encrypted nor
    /// authenticated: keep the network to them.
    /// </summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port on which they do. Default: any that is free.</summary>
    public long? Port { get; set; }

    /// <summary>How long a host has to answer whether it lives, such as <c>2s</c>; between 1 s and 1 min. Default 2 s.</summary>
    public string? ProbeTimeout { get; set; }

    /// <summary>How many answers in a row a host owes before it is taken for dead and its work goes on elsewhere; 1 to 100. Default 3.</summary>
    public long? MissedProbes { get; set; }

    /// <summary>The name of the state in Azure Storage; null if it is a folder.</summary>
    internal string? AzureName => IsAzure(Location) ? Location[AzureScheme.Length..] : null;

    /// <summary>Whether a location is one in Azure Storage.</summary>
    public static bool IsAzure(string location) => location.StartsWith(AzureScheme, StringComparison.Ordinal);
}
