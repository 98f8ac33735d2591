using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Storage.S3;

/// <summary>Makes clients. Nothing is sent. No message repeats a key.</summary>
internal static class S3Clients
{
    private const string AnyRegion = "us-east-1";

    /// <exception cref="RepositoryConnectionException">The settings make no connection.</exception>
    public static IAmazonS3 Client(string location, S3StoreOptions options)
    {
        var config = new AmazonS3Config
        {
            // Many stores that speak as S3 does know nothing of the checksums that the library adds of its own accord.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            ForcePathStyle = options.PathStyle ?? !string.IsNullOrEmpty(options.ServiceUrl),
            // Calls are made again around the port, where they are counted and bounded.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            Timeout = options.Patience,
            ConnectTimeout = TimeSpan.FromSeconds(10),
        };
        if (!string.IsNullOrEmpty(options.ServiceUrl))
        {
            config.ServiceURL = Url(location, options.ServiceUrl);
            config.AuthenticationRegion = string.IsNullOrEmpty(options.Region) ? AnyRegion : options.Region;
        }
        else if (!string.IsNullOrEmpty(options.Region))
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        try
        {
            return Keys(location, options) is { } keys ? new AmazonS3Client(keys, config) : new AmazonS3Client(config);
        }
        catch (AmazonClientException e)
        {
            throw new RepositoryConnectionException(location, S3Errors.FirstLine(e.Message), "set Region, or ServiceUrl for a store other than Amazon's", e);
        }
    }

    private static AWSCredentials? Keys(string location, S3StoreOptions options) => (options.AccessKeyId, options.SecretAccessKey) switch
    {
        (null or "", null or "") => null,
        ({ Length: > 0 } id, { Length: > 0 } secret) => string.IsNullOrEmpty(options.SessionToken) ? new BasicAWSCredentials(id, secret) : new SessionAWSCredentials(id, secret, options.SessionToken),
        _ => throw new RepositoryConnectionException(location, "half a key is given", "give AccessKeyId and SecretAccessKey, or neither for AWS's own chain of credentials"),
    };

    private static string Url(string location, string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) && uri.UserInfo.Length == 0 ? url
            : throw new RepositoryConnectionException(location, "ServiceUrl is no URL", "give it as https://HOST[:PORT]");
}
