namespace KafkaBackup.Storage.Azure;

/// <summary>Where a repository lies in Azure Blob Storage, and how it is reached: by one of a connection string, a SAS URL, or an account's URL.</summary>
public sealed record AzureStoreOptions
{
    /// <summary>The container. It has to be there.</summary>
    public required string Container { get; init; }

    /// <summary>What all blobs' names begin with, without a slash at its end. Default: nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The account's connection string, with a key or a SAS.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The URL of the account, or of the container, with a shared access signature: read, create, write, list and delete are needed.</summary>
    public string? SasUrl { get; init; }

    /// <summary>The URL of the account, used with what Azure.Identity's DefaultAzureCredential finds: environment, workload or managed identity, command line.</summary>
    public string? AccountUrl { get; init; }

    /// <summary>Bytes of a block, which large objects are sent in. Default 1 MiB: each object that is being written takes as much memory, and hundreds are at once; 64 KiB to 1 GiB. A
    /// blob has 50,000 blocks at most.</summary>
    public int BlockBytes { get; init; } = 1024 * 1024;

    /// <summary>Blocks on their way at once. Default 16; 1 or more.</summary>
    public int ParallelBlocks { get; init; } = 16;

    /// <summary>How long one exchange may stand still. Default 60 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}
