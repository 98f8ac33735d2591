using System.Text;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A service without any cluster, for what is wrong with requests.</summary>
public sealed class IdleService : IAsyncLifetime
{
    private readonly TestFolder _folder = new();

    internal ServiceProcess Service { get; private set; } = null!;

    public string Folder => _folder.Path;

    public ValueTask InitializeAsync()
    {
        Service = ServiceProcess.Start(_folder["service"], new Dictionary<string, string>
        {
            ["Clusters:prod:bootstrap.servers"] = "127.0.0.1:1",
            ["Repositories:vault"] = $"file:{_folder["vault"]}",
        });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Every wrong request is answered with a problem document that names what is wrong, and starts nothing.</summary>
public sealed class HttpProblemTests(IdleService idle) : IClassFixture<IdleService>
{
    private const string Good = "\"cluster\":\"prod\",\"repository\":\"vault\"";

    [Theory]
    [InlineData("", "$", "no JSON")]
    [InlineData("{\"cluster\":", "$", "no JSON")]
    [InlineData("[]", "$", "a JSON object is wanted, not a list")]
    [InlineData("7", "$", "a JSON object is wanted, not a number")]
    [InlineData("{" + Good + ",\"topcs\":[\"a\"]}", "topcs", "'topics'")]
    [InlineData("{" + Good + ",\"Topics\":[\"a\"]}", "Topics", "'topics'")]
    [InlineData("{" + Good + ",\"cluster\":\"other\"}", "$", "cluster")]
    [InlineData("{" + Good + ",\"topics\":\"a\"}", "topics", "a list of strings")]
    [InlineData("{" + Good + ",\"topics\":[1]}", "topics", "a list of strings")]
    [InlineData("{" + Good + ",\"topics\":[null]}", "topics", "empty")]
    [InlineData("{" + Good + ",\"topics\":[\"\"]}", "topics", "empty")]
    [InlineData("{" + Good + ",\"topics\":null}", "topics", "null")]
    [InlineData("{" + Good + ",\"rateLimit\":\"10\"}", "rateLimit", "a whole number")]
    [InlineData("{" + Good + ",\"rateLimit\":1.5}", "rateLimit", "a whole number")]
    [InlineData("{" + Good + ",\"rateLimit\":0}", "rateLimit", "above 0")]
    [InlineData("{" + Good + ",\"segmentBytes\":-1}", "segmentBytes", "above 0")]
    [InlineData("{" + Good + ",\"packedSegmentBytes\":-1}", "packedSegmentBytes", "0 or more")]
    [InlineData("{" + Good + ",\"packBytes\":0}", "packBytes", "above 0")]
    [InlineData("{\"repository\":\"vault\"}", "cluster", "missing")]
    [InlineData("{\"cluster\":null,\"repository\":\"vault\"}", "cluster", "null")]
    [InlineData("{\"cluster\":\"\",\"repository\":\"vault\"}", "cluster", "empty")]
    [InlineData("{\"cluster\":7,\"repository\":\"vault\"}", "cluster", "a string")]
    [InlineData("{\"cluster\":\"prd\",\"repository\":\"vault\"}", "cluster", "known clusters: prod")]
    [InlineData("{\"cluster\":\"a:b\",\"repository\":\"vault\"}", "cluster", "HOST:PORT")]
    [InlineData("{\"cluster\":\"prod\",\"repository\":\"valt\"}", "repository", "known repositories: vault")]
    [InlineData("{\"cluster\":\"prod\",\"repository\":\"https://x\"}", "repository", "file:PATH")]
    [InlineData("{" + Good + ",\"exclude\":[\"~(\"]}", "exclude", "'~('")]
    public async Task A_wrong_backup_request_names_its_field(string body, string field, string part) => await AssertWrongAsync("api/backups", body, field, part);

    [Theory]
    [InlineData("{" + Good + ",\"map\":[\"a\"]}", "map", "OLD=NEW")]
    [InlineData("{" + Good + ",\"groups\":[\"~[\"]}", "groups", "'~['")]
    [InlineData("{" + Good + ",\"asOf\":\"yesterday\"}", "asOf", "a time such as")]
    [InlineData("{" + Good + ",\"dryRun\":\"yes\"}", "dryRun", "true or false")]
    [InlineData("{" + Good + ",\"epoch\":0}", "epoch", "above 0")]
    [InlineData("{" + Good + ",\"epoch\":1,\"asOf\":\"2026-01-01T00:00:00Z\"}", "asOf", "one of the two")]
    [InlineData("{" + Good + ",\"exclude\":[\"a\"]}", "exclude", "unknown")]
    public async Task A_wrong_restore_request_names_its_field(string body, string field, string part) => await AssertWrongAsync("api/restores", body, field, part);

    [Theory]
    [InlineData("{\"repository\":\"vault\"}", "policy", "missing")]
    [InlineData("{\"repository\":\"vault\",\"policy\":{}}", "policy", "keepLast, keepHourly, keepDaily, keepWeekly, keepMonthly, maxBytes, keepWithin")]
    [InlineData("{\"repository\":\"vault\",\"policy\":{\"keepLast\":-1}}", "policy", "keepLast is above 0, not -1")]
    [InlineData("{\"repository\":\"valt\",\"policy\":{\"keepLast\":1}}", "repository", "known repositories: vault")]
    [InlineData("{" + Good + ",\"policy\":{\"keepLast\":1}}", "cluster", "unknown")]
    public async Task A_wrong_prune_request_names_its_field(string body, string field, string part) => await AssertWrongAsync("api/prunes", body, field, part);

    [Theory]
    [InlineData("{}", "repository", "missing")]
    [InlineData("{\"repository\":\"valt\"}", "repository", "known repositories: vault")]
    [InlineData("{\"repository\":\"vault\",\"topics\":[\"~(\"]}", "topics", "'~('")]
    [InlineData("{\"repository\":\"vault\",\"segmentBytes\":0}", "segmentBytes", "above 0")]
    [InlineData("{\"repository\":\"vault\",\"segmentBytes\":2147483648}", "segmentBytes", "2147483647 or less")]
    [InlineData("{\"repository\":\"vault\",\"leastSegments\":1}", "leastSegments", "2 or more")]
    [InlineData("{\"repository\":\"vault\",\"leastSegments\":\"4\"}", "leastSegments", "a whole number")]
    [InlineData("{\"repository\":\"vault\",\"packBytes\":1}", "packBytes", "unknown")]
    public async Task A_wrong_merge_request_names_its_field(string body, string field, string part) => await AssertWrongAsync("api/merges", body, field, part);

    [Theory]
    [InlineData("api/backups", "application/x-www-form-urlencoded")]
    [InlineData("api/restores", "text/plain")]
    public async Task A_body_of_another_type_than_JSON_is_refused_so_that_no_web_page_can_send_one(string path, string type)
    {
        using var response = await idle.Service.Http.PostAsync(path, new StringContent("{" + Good + "}", Encoding.UTF8, type));
        Assert.Contains($"application/json, not {type}", (await ProblemAsync(response, 415)).Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_of_a_request_is_named_at_once()
    {
        var problem = await PostAsync("api/backups", "{\"repository\":\"valt\",\"topics\":1,\"x\":2}");
        Assert.Equal(["cluster", "topics", "x"], problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
    }

    [Theory]
    [InlineData("GET", "nowhere", 404, "GET /nowhere is not served")]
    [InlineData("GET", "api/backups", 405, "GET /api/backups is not served")]
    [InlineData("GET", "api/instances/nobody", 404, "'nobody'")]
    [InlineData("GET", "api/instances/nobody/history", 404, "'nobody'")]
    [InlineData("DELETE", "api/instances/nobody", 404, "'nobody'")]
    [InlineData("POST", "api/instances/nobody/suspend", 404, "'nobody'")]
    [InlineData("POST", "api/instances/nobody/resume", 404, "'nobody'")]
    [InlineData("POST", "api/instances/nobody/terminate", 404, "'nobody'")]
    [InlineData("POST", "api/instances/nobody/raiseEvent/x", 404, "'nobody'")]
    [InlineData("GET", "api/instances?runtimeStatus=Runing", 400, "'Runing' is no status")]
    [InlineData("GET", "api/instances?runtimeStatus=1", 400, "'1' is no status")]
    [InlineData("GET", "api/instances?top=0", 400, "top")]
    [InlineData("DELETE", "api/instances", 400, "olderThan")]
    [InlineData("DELETE", "api/instances?olderThan=30", 400, "'30' is no age")]
    [InlineData("DELETE", "api/instances?olderThan=30d&runtimeStatus=Running", 400, "'Running' is no status of what is over")]
    [InlineData("GET", "api/instances?top=many", 400, "top")]
    [InlineData("GET", "api/instances?createdTimeFrom=soon", 400, "createdTimeFrom")]
    [InlineData("GET", "api/epochs?repository=valt", 400, "'valt'")]
    [InlineData("GET", "api/epochs", 400, "not a repository")]
    [InlineData("GET", "api/epochs/7", 400, "not a repository")]
    [InlineData("GET", "api/epochs/seven", 404, "/api/epochs/seven")]
    public async Task What_is_not_there_is_a_problem_that_names_it(string method, string path, int status, string part)
    {
        using var response = await idle.Service.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        var problem = await ProblemAsync(response, status);
        Assert.Contains(part, problem.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("/" + path.Split('?')[0], problem.Text("instance"));
    }

    [Fact]
    public async Task A_failed_orchestration_tells_its_cause()
    {
        var links = await idle.Service.StartAsync("backups", new { cluster = "prod", repository = "vault" });
        var ended = await idle.Service.EndAsync(links);
        Assert.Equal("Failed", ended.Text("runtimeStatus"));
        Assert.Contains("127.0.0.1:1: can't connect", ended.Text("error"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(idle.Folder, "vault")), "a repository was made");
    }

    [Fact]
    public async Task An_event_that_is_no_JSON_is_a_problem()
    {
        var links = await idle.Service.StartAsync("backups", new { cluster = "prod", repository = "vault", topics = new[] { "an-event" } });
        var problem = await PostAsync(links.Text("sendEventPostUri").Replace("{eventName}", "x"), "{oops");
        Assert.Contains("no JSON", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_an_API_key_nothing_but_health_answers_without_it()
    {
        await using var service = ServiceProcess.Start(Path.Combine(idle.Folder, "locked"), new Dictionary<string, string> { ["ApiKey"] = "open sesame" });
        foreach (var path in (string[])["api/instances", "api/plans", "openapi/v1.json", "nowhere"])
        {
            using var refused = await service.Http.GetAsync(path);
            Assert.Contains("X-Api-Key", (await ProblemAsync(refused, 401)).Text("detail"), StringComparison.Ordinal);
        }

        Assert.Equal("live", (await service.GetAsync("health/live")).Text("status"));
        service.Http.DefaultRequestHeaders.Add("X-Api-Key", "open sesamE");
        using (var wrong = await service.Http.GetAsync("api/instances"))
            await ProblemAsync(wrong, 401);
        service.Http.DefaultRequestHeaders.Remove("X-Api-Key");
        service.Http.DefaultRequestHeaders.Add("X-Api-Key", "open sesame");
        Assert.Equal(0, (await service.GetAsync("api/instances")).GetArrayLength());
        Assert.DoesNotContain("sesame", service.Output + service.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_API_key_lets_in_and_the_name_of_the_one_that_was_sent_is_in_the_history_and_never_the_key()
    {
        await using var service = ServiceProcess.Start(Path.Combine(idle.Folder, "named"), new Dictionary<string, string>
        {
            ["ApiKey"] = "open sesame",
            ["ApiKeys:night shift"] = "rosebud",
            ["Clusters:prod:bootstrap.servers"] = "127.0.0.1:1",
            ["Repositories:vault"] = $"file:{Path.Combine(idle.Folder, "vault")}",
        });
        foreach (var (key, says, told) in (((string, string?, string)[])
            [("rosebud", null, " by night shift"), ("rosebud", "ann", " by ann (API key night shift)"), ("open sesame", "bob", " by bob"), ("open sesame", null, "")]))
        {
            using var start = new HttpRequestMessage(HttpMethod.Post, "api/backups");
            start.Content = new StringContent($$"""{"cluster":"prod","repository":"vault","topics":["t{{told.Length}}"]}""", Encoding.UTF8, "application/json");
            start.Headers.Add("X-Api-Key", key);
            if (says is not null)
                start.Headers.Add("X-Requested-By", says);
            using var accepted = await service.Http.SendAsync(start);
            Assert.True(accepted.IsSuccessStatusCode, await accepted.Content.ReadAsStringAsync());
            using var ask = new HttpRequestMessage(HttpMethod.Get, $"{accepted.Headers.Location}/history");
            ask.Headers.Add("X-Api-Key", "rosebud");
            using var answer = await service.Http.SendAsync(ask);
            var history = await answer.Content.ReadAsStringAsync();
            Assert.Equal($"BackupEpoch was asked for{told}", JsonDocument.Parse(history).RootElement[0].Text("text"));
            Assert.DoesNotContain(key, history, StringComparison.Ordinal);
        }

        using var refused = await service.Http.GetAsync("api/instances");
        await ProblemAsync(refused, 401);
    }

    [Fact]
    public async Task A_caller_s_name_that_is_no_name_is_a_problem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, "api/instances?olderThan=1h");
        request.Headers.Add("X-Requested-By", new string('x', 201));
        using var response = await idle.Service.Http.SendAsync(request);
        Assert.Contains("at most 200 characters", (await ProblemAsync(response, 400)).Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://loopback:0")]
    [InlineData("http://example.test:0")]
    public async Task On_any_address_but_loopback_it_refuses_to_start_without_an_API_key(string address)
    {
        var refused = await KafkaBackupCli.RunAsync(idle.Folder, "host", "--listen", address, "--state", Path.Combine(idle.Folder, "refused"));
        Assert.Equal((2, ""), (refused.Exit, refused.Output));
        Assert.Contains("KafkaBackup:ApiKey is missing", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_other_setting_than_the_checked_one_says_where_it_listens()
    {
        var folder = Directory.CreateDirectory(Path.Combine(idle.Folder, "open")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), """{"urls":"http://0.0.0.0:0","Kestrel":{"Endpoints":{"Open":{"Url":"http://0.0.0.0:0"}}}}""");
        await using var service = ServiceProcess.Start(folder, new Dictionary<string, string>());
        Assert.Contains("host listens on http://127.0.0.1:", service.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("0.0.0.0", service.Output, StringComparison.Ordinal);
    }

    private async Task AssertWrongAsync(string path, string body, string field, string part)
    {
        var problem = await PostAsync(path, body);
        Assert.Contains(part, problem.GetProperty("errors").GetProperty(field)[0].GetString(), StringComparison.Ordinal);
        Assert.Contains(part, problem.Text("detail"), StringComparison.Ordinal);
    }

    private async Task<JsonElement> PostAsync(string path, string body)
    {
        using var response = await idle.Service.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return await ProblemAsync(response, 400);
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType) == (status, "application/problem+json"), $"{response}: {text}");
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(status, problem.Number("status"));
        Assert.NotEmpty(problem.Text("title"));
        return problem;
    }
}
