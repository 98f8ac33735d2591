namespace KafkaBackup.Durable.AzureStorage;

/// <summary>Where histories are kept in Azure Storage, and what opens it: a connection string, or two endpoints with a shared access signature or an identity.</summary>
public sealed record AzureStateOptions
{
    /// <summary>The name of the state unless another is given.</summary>
    public const string DefaultName = "kafkabackup";

    /// <summary>
    /// What the names of the tables and of the container begin with: 3 to 40 lower-case letters and digits, the first a letter. Hosts with the same name in the same
    /// account work together.
    /// </summary>
    public string Name { get; init; } = DefaultName;

    /// <summary>The account's connection string, with its key or with a shared access signature. It goes before everything below.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>Such as https://ACCOUNT.table.core.windows.net.</summary>
    public Uri? TableEndpoint { get; init; }

    /// <summary>Such as https://ACCOUNT.blob.core.windows.net.</summary>
    public Uri? BlobEndpoint { get; init; }

    /// <summary>A shared access signature of the account, for tables and blobs, with or without the question mark.</summary>
    public string? SharedAccessSignature { get; init; }

    /// <summary>Whether the identity is used that Azure.Identity's DefaultAzureCredential finds (environment, workload or managed identity, command line), if there is no signature.</summary>
    public bool WithIdentity { get; init; }

    /// <summary>Whether a name can be used.</summary>
    public static bool IsName(string name) =>
        name.Length is >= 3 and <= 40 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    /// <summary>The endpoint and nothing else: no secret.</summary>
    public override string ToString() => $"{Name} at {TableEndpoint?.ToString() ?? "the account of the connection string"}";
}
