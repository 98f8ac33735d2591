namespace KafkaBackup.Host.Configuration;

/// <summary>How S3, or a store that speaks as it does, is reached.</summary>
public sealed class S3Settings
{
    /// <summary>The URL of a store other than Amazon's, such as <c>https://s3.example.com:9000</c>. Default: Amazon S3.</summary>
    public string? ServiceUrl { get; set; }

    /// <summary>The region. Default: what AWS's own variables and files say.</summary>
    public string? Region { get; set; }

    /// <summary>Whether the bucket stands in the path of URLs, and not in the host's name. Default: true with a ServiceUrl, else false.</summary>
    public bool? PathStyle { get; set; }

    /// <summary>The access key. Default: AWS's own chain of credentials.</summary>
    public string? AccessKeyId { get; set; }

    /// <summary>The key's secret. A secret.</summary>
    public string? SecretAccessKey { get; set; }

    /// <summary>The token of temporary keys. A secret. Default: none.</summary>
    public string? SessionToken { get; set; }

    /// <summary>Vouches that one writer alone uses the repository, on a store that can't create an object only where there is none. Default: false.</summary>
    public bool SingleWriter { get; set; }
}
