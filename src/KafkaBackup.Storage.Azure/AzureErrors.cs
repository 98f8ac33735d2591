using System.Globalization;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Models;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Storage.Azure;

/// <summary>Says what an error of Azure Storage means, and what an operator can do. Only codes are repeated: whole messages have addresses with signatures in them.</summary>
/// <param name="location">The container's address, without a signature.</param>
internal sealed class AzureErrors(string location)
{
    /// <summary>Whether the name is taken.</summary>
    public static bool IsTaken(RequestFailedException e) =>
        (e.Status is 409 && e.ErrorCode == BlobErrorCode.BlobAlreadyExists) || (e.Status is 412 && e.ErrorCode == BlobErrorCode.ConditionNotMet);

    /// <summary>Whether there is no such blob. The answer to a HEAD may come without a code.</summary>
    public static bool IsAbsent(RequestFailedException e) => e.Status == 404 && (e.ErrorCode is null || e.ErrorCode == BlobErrorCode.BlobNotFound);

    /// <summary>The error as the repository's; null if it is none of the service's.</summary>
    public Exception? Explain(Exception error) => error switch
    {
        RequestFailedException { Status: 0 } => Unreachable(error),
        RequestFailedException e => Answered(e),
        // After several attempts the library tells each one's error.
        AggregateException { InnerExceptions.Count: > 0 } all => Explain(all.InnerExceptions[^1]),
        AuthenticationFailedException e => new RepositoryConnectionException(
            location, $"no identity: {FirstLine(e.Message)}", "sign in ('az login'), give the machine a managed identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret", e),
        HttpRequestException or IOException or OperationCanceledException or TimeoutException => Unreachable(error),
        _ => null,
    };

    private Exception Answered(RequestFailedException e) => e switch
    {
        _ when e.ErrorCode == BlobErrorCode.ContainerNotFound => new RepositoryConnectionException(
            location, "there is no such container", "create it ('az storage container create'), or correct its name", e),
        { Status: 401 or 403 } => new RepositoryConnectionException(
            location, $"access is refused ({Code(e)})",
            "check the account's key, or the SAS with its permissions (read, create, write, list, delete), its expiry and this machine's clock, or the identity's role 'Storage Blob Data Contributor'; and that the account's firewall admits this machine", e),
        { Status: 408 or 429 or (>= 500 and not 501) } => new RepositoryUnavailableException(location, $"the service is busy or failing ({Code(e)})", "run the command again later", e)
        {
            IsTransient = true,
            RetryAfter = RetryAfter(e),
        },
        _ => new RepositoryUnavailableException(location, $"the service refuses ({Code(e)})", "see what this code of Azure Storage means, and whether a policy of the container forbids it", e),
    };

    private RepositoryUnavailableException Unreachable(Exception error) => new(
        location, $"it can't be reached: {Cause(error)}", "check the account's name, the network, and proxies and firewalls on the way", error) { IsTransient = true };

    private static string Cause(Exception error) => error switch
    {
        _ when error.GetBaseException() is System.Net.Sockets.SocketException socket => FirstLine(socket.Message),
        OperationCanceledException or TimeoutException => "no answer in time",
        _ => FirstLine(error.GetBaseException().Message),
    };

    private static string Code(RequestFailedException e) => e.ErrorCode is { Length: > 0 } code ? $"{e.Status} {code}" : e.Status.ToString(CultureInfo.InvariantCulture);

    private static TimeSpan? RetryAfter(RequestFailedException e) =>
        e.GetRawResponse() is { } response && response.Headers.TryGetValue("Retry-After", out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds) : null;

    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim().TrimEnd('.');
}
