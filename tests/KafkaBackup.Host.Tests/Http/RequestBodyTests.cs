using System.Text;
using KafkaBackup.Host.Http;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Restore;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace KafkaBackup.Host.Tests.Http;

public sealed class RequestBodyTests
{
    [Fact]
    public async Task A_whole_request_is_read()
    {
        var request = await ReadAsync<RestoreRequest>("""
            {"cluster":"c","repository":"r","epoch":3,"topics":["a","b*"],"map":["a=b"],"groups":[],"noOffsets":true,"dryRun":false,"rateLimit":null}
            """);
        Assert.Equal(("c", "r", 3, true, false, null), (request.Cluster, request.Repository, request.Epoch, request.NoOffsets, request.DryRun, request.RateLimit));
        Assert.Equal(["a", "b*"], request.Topics);
    }

    [Fact]
    public async Task Every_field_that_is_wrong_is_named_at_once()
    {
        var error = await Assert.ThrowsAsync<BodyException>(() => ReadAsync<BackupRequest>("""{"repository":"","topics":["",null],"exclude":"a","rateLimit":1e3,"plan":null,"topcs":[]}"""));
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["cluster"] = "missing",
                ["exclude"] = "\"a\" is not what is wanted here: a list of strings",
                ["plan"] = "null is not allowed here",
                ["rateLimit"] = "1e3 is not what is wanted here: a whole number",
                ["repository"] = "is empty",
                ["topcs"] = "unknown; did you mean 'topics'?",
                ["topics"] = "has an item that is empty",
            },
            new SortedDictionary<string, string>(error.Errors.ToDictionary(e => e.Key, e => Assert.Single(e.Value)), StringComparer.Ordinal));
        Assert.All(error.Errors.Keys, field => Assert.Contains($"{field}: ", error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("{} {}", "no JSON")]
    [InlineData("{\"cluster\":\"a\",\"cluster\":\"b\"}", "no JSON")]
    [InlineData("null", "a JSON object is wanted, not a null")]
    [InlineData("\"x\"", "a JSON object is wanted, not a string")]
    [InlineData("true", "a JSON object is wanted, not true or false")]
    public async Task What_is_no_object_is_refused(string body, string part)
    {
        var error = await Assert.ThrowsAsync<BodyException>(() => ReadAsync<BackupRequest>(body));
        Assert.Contains(part, Assert.Single(error.Errors["$"]), StringComparison.Ordinal);
    }

    private static Task<T> ReadAsync<T>(string body)
    {
        var http = new DefaultHttpContext();
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return RequestBody.ReadAsync<T>(http.Request, CancellationToken.None);
    }
}
