namespace KafkaBackup.Host.Configuration;

/// <summary>A repository: where it is, and what it takes to use it.</summary>
public sealed class RepositorySettings
{
    /// <summary>The place: <c>file:PATH</c>, <c>azure:CONTAINER[/PREFIX]</c> or <c>s3:BUCKET[/PREFIX]</c>.</summary>
    public string? Location { get; set; }

    /// <summary>The environment variable that holds the passphrase, if the repository is encrypted, or is to be when it is made.</summary>
    public string? PassphraseVariable { get; set; }

    /// <summary>The file whose first line is the passphrase.</summary>
    public string? PassphraseFile { get; set; }

    /// <summary>The key file.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Whether topics' names are kept out of objects' names too when the repository is made. Default: false.</summary>
    public bool HideTopicNames { get; set; }

    /// <summary>The most that is written to and read from the repository by one process, in bytes a second. Default: no limit.</summary>
    public long? RateLimit { get; set; }

    /// <summary>How the storage account is reached, for <c>azure:</c>. Default: what the section's own <c>Azure</c> says.</summary>
    public AzureSettings? Azure { get; set; }

    /// <summary>How S3 is reached, for <c>s3:</c>. Default: what the section's own <c>S3</c> says.</summary>
    public S3Settings? S3 { get; set; }
}
