using Azure;
using Azure.Identity;
using KafkaBackup.Repository;
using KafkaBackup.Repository.Storage;
using Xunit;

namespace KafkaBackup.Storage.Azure.Tests;

/// <summary>What errors mean that no server of the tests can be brought to make.</summary>
public sealed class AzureErrorsTests
{
    private readonly AzureErrors errors = new("https://a.blob.core.windows.net/c");

    [Fact]
    public void Where_no_identity_is_found_it_is_said_in_one_line_how_to_get_one()
    {
        var error = Assert.IsType<RepositoryConnectionException>(errors.Explain(new CredentialUnavailableException("DefaultAzureCredential failed.\nSee the guide.")));
        Assert.Equal(
            "https://a.blob.core.windows.net/c: no identity: DefaultAzureCredential failed; sign in ('az login'), give the machine a managed identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and a secret",
            error.Message);
    }

    [Theory]
    [InlineData(401, "NoAuthenticationInformation", false)]
    [InlineData(403, "AuthenticationFailed", false)]
    [InlineData(403, "AuthorizationPermissionMismatch", false)]
    [InlineData(404, "ContainerNotFound", false)]
    [InlineData(408, "OperationTimedOut", true)]
    [InlineData(429, "TooManyRequests", true)]
    [InlineData(500, "InternalError", true)]
    [InlineData(503, "ServerBusy", true)]
    [InlineData(409, "BlobImmutableDueToPolicy", false)]
    [InlineData(501, "", false)]
    public void An_answer_may_pass_or_not(int status, string code, bool isTransient)
    {
        var error = Assert.IsAssignableFrom<RepositoryException>(errors.Explain(new RequestFailedException(status, "?sig=secret", code, null)));
        Assert.Equal(isTransient, error is RepositoryUnavailableException { IsTransient: true });
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public void Of_several_attempts_the_last_error_is_told_and_what_is_not_the_services_is_left_alone()
    {
        var last = new RequestFailedException(503, "busy", "ServerBusy", null);
        Assert.Contains("503 ServerBusy", errors.Explain(new AggregateException(new IOException("reset"), last))!.Message);
        Assert.Null(errors.Explain(new InvalidOperationException()));
    }
}
