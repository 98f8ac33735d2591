using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Storage.S3;

/// <summary>Says what an error of S3 means, and what an operator can do. Of what the service says only its codes are repeated.</summary>
/// <param name="location">The bucket's address.</param>
internal sealed class S3Errors(string location)
{
    /// <summary>Source: "Error responses", Amazon S3 API reference.</summary>
    private static readonly HashSet<string> Transient = new(StringComparer.Ordinal)
    {
        "RequestTimeout", "RequestTimeTooSlow", "OperationAborted", "ConditionalRequestConflict", "ConcurrentModification", "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded",
    };

    private static readonly HashSet<string> Region = new(StringComparer.Ordinal) { "PermanentRedirect", "Redirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException" };

    private static readonly HashSet<string> Credentials = new(StringComparer.Ordinal)
    {
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestTimeTooSkewed", "AccessDenied", "AccountProblem", "InvalidSecurity", "NotSignedUp",
    };

    /// <summary>Whether the name is taken.</summary>
    public static bool IsTaken(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.PreconditionFailed;

    /// <summary>Whether there is no such object. The answer to a HEAD has no code of its own.</summary>
    public static bool IsAbsent(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is not "NoSuchBucket";

    /// <summary>Whether the service does not know what was asked for.</summary>
    public static bool IsUnknown(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.NotImplemented || e.ErrorCode is "NotImplemented";

    /// <summary>The error as the repository's; null if it is none of the service's.</summary>
    public Exception? Explain(Exception error) => error switch
    {
        AmazonServiceException { StatusCode: not 0, ErrorCode: not null } e => Answered(e),
        AmazonServiceException { StatusCode: not 0 } e when (int)e.StatusCode >= 300 => Answered(e),
        AmazonServiceException => Unreachable(error),
        AmazonClientException e => new RepositoryConnectionException(
            location, $"no credentials: {FirstLine(e.Message)}", "set AccessKeyId and SecretAccessKey, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or give the machine a role", e),
        HttpRequestException or IOException or OperationCanceledException or TimeoutException => Unreachable(error),
        _ => null,
    };

    /// <summary>The first line of a message, without its full stop.</summary>
    public static string FirstLine(string message) => message.Split('\n', 2)[0].Trim().TrimEnd('.');

    private Exception Answered(AmazonServiceException e) => e switch
    {
        { ErrorCode: "NoSuchBucket" } => new RepositoryConnectionException(location, "there is no such bucket", "create it ('aws s3 mb'), or correct its name", e),
        { ErrorCode: { } code } when Region.Contains(code) => OtherRegion(e),
        { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect } => OtherRegion(e),
        { ErrorCode: { } code } when Transient.Contains(code) => Busy(e),
        { ErrorCode: { } code } when Credentials.Contains(code) => Refused(e),
        { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => Refused(e),
        _ when (int)e.StatusCode is 408 or 429 or >= 500 and not 501 => Busy(e),
        _ => new RepositoryUnavailableException(location, $"the service refuses ({Code(e)})", "see what this code means to the store, and whether a policy of the bucket forbids it", e),
    };

    private RepositoryConnectionException Refused(AmazonServiceException e) => new(
        location, $"access is refused ({Code(e)})",
        "check the access key and its secret, this machine's clock, and that the key's policy allows to list the bucket and to get, put and delete its objects", e);

    private RepositoryConnectionException OtherRegion(AmazonServiceException e) => new(location, $"the bucket is in another region ({Code(e)})", "set Region to the bucket's", e);

    private RepositoryUnavailableException Busy(AmazonServiceException e) =>
        new(location, $"the service is busy or failing ({Code(e)})", "run the command again later", e) { IsTransient = true };

    private RepositoryUnavailableException Unreachable(Exception error) => new(
        location, $"it can't be reached: {Cause(error)}", "check ServiceUrl and Region, the network, and proxies and firewalls on the way", error) { IsTransient = true };

    private static string Cause(Exception error) => error.GetBaseException() switch
    {
        OperationCanceledException or TimeoutException => "no answer in time",
        var cause => FirstLine(cause.Message),
    };

    private static string Code(AmazonServiceException e) => string.IsNullOrEmpty(e.ErrorCode) || e.ErrorCode == e.StatusCode.ToString() ? $"{(int)e.StatusCode}" : $"{(int)e.StatusCode} {e.ErrorCode}";
}
