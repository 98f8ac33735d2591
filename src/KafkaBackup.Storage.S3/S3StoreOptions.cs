namespace KafkaBackup.Storage.S3;

/// <summary>Where a repository lies in S3, or in a store that speaks as it does, and how it is reached.</summary>
public sealed record S3StoreOptions
{
    /// <summary>The bucket. It has to be there.</summary>
    public required string Bucket { get; init; }

    /// <summary>What all keys begin with, without a slash at its end. Default: nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The URL of a store other than Amazon's. Default: Amazon S3 in <see cref="Region"/>.</summary>
    public string? ServiceUrl { get; init; }

    /// <summary>The region. Default: what AWS's own variables and files say; with a <see cref="ServiceUrl"/>, us-east-1.</summary>
    public string? Region { get; init; }

    /// <summary>Whether the bucket stands in the path of URLs, and not in the host's name. Default: with a <see cref="ServiceUrl"/>.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>The access key. Default: AWS's chain of environment, files, web identity and instance roles.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The key's secret.</summary>
    public string? SecretAccessKey { get; init; }

    /// <summary>The token of temporary keys. Default: none.</summary>
    public string? SessionToken { get; init; }

    /// <summary>Whether the operator vouches that one writer alone uses the repository: for stores that can't create an object only where there is none. Default: false.</summary>
    public bool SingleWriter { get; init; }

    /// <summary>Bytes of a part, which large objects are sent in. Default 5 MiB, the least that S3 takes: each object that is being written takes as much memory; to 1 GiB. An object has
    /// 10,000 parts at most.</summary>
    public int PartBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>Parts on their way at once. Default 8; 1 or more.</summary>
    public int ParallelParts { get; init; } = 8;

    /// <summary>How long one exchange may stand still. Default 60 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}
