using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using KafkaBackup.Repository;
using KafkaBackup.Repository.Storage;
using Xunit;

namespace KafkaBackup.Storage.S3.Tests;

/// <summary>What errors mean that no server of the tests can be brought to make.</summary>
public sealed class S3ErrorsTests
{
    private readonly S3Errors errors = new("s3:b");

    [Fact]
    public void Where_no_credentials_are_found_it_is_said_in_one_line_how_to_give_them()
    {
        var error = Assert.IsType<RepositoryConnectionException>(errors.Explain(new AmazonClientException("Failed to resolve AWS credentials.\nMore")));
        Assert.Equal(
            "s3:b: no credentials: Failed to resolve AWS credentials; set AccessKeyId and SecretAccessKey, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or give the machine a role",
            error.Message);
    }

    [Theory]
    [InlineData(400, "RequestTimeout", true)]
    [InlineData(409, "ConditionalRequestConflict", true)]
    [InlineData(409, "OperationAborted", true)]
    [InlineData(429, "TooManyRequests", true)]
    [InlineData(500, "InternalError", true)]
    [InlineData(503, "SlowDown", true)]
    [InlineData(400, "ExpiredToken", false)]
    [InlineData(400, "AuthorizationHeaderMalformed", false)]
    [InlineData(403, "AccessDenied", false)]
    [InlineData(404, "NoSuchBucket", false)]
    [InlineData(501, "NotImplemented", false)]
    [InlineData(400, "EntityTooLarge", false)]
    public void An_answer_may_pass_or_not(int status, string code, bool isTransient)
    {
        var error = Assert.IsAssignableFrom<RepositoryException>(
            errors.Explain(new AmazonS3Exception("a secret") { StatusCode = (HttpStatusCode)status, ErrorCode = code }));
        Assert.Equal(isTransient, error is RepositoryUnavailableException { IsTransient: true });
        Assert.DoesNotContain("secret", error.Message.Replace("the access key and its secret", "").Replace("SecretAccessKey", ""));
    }

    [Theory]
    [InlineData("ExpiredToken", "access is refused (400 ExpiredToken)")]
    [InlineData("AuthorizationHeaderMalformed", "the bucket is in another region (400 AuthorizationHeaderMalformed)")]
    public void What_comes_as_a_wrong_request_is_told_as_what_it_is(string code, string problem) =>
        Assert.Contains(problem, Assert.IsType<RepositoryConnectionException>(errors.Explain(new AmazonS3Exception("") { StatusCode = HttpStatusCode.BadRequest, ErrorCode = code })).Message);

    [Fact]
    public void What_is_not_the_services_is_left_alone() => Assert.Null(errors.Explain(new InvalidOperationException()));
}
