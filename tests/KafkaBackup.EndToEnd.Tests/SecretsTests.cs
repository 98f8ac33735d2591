using System.Net;
using System.Text;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Secrets are put into every place where one can enter, and then looked for in every place where something is kept or said.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Variable = "SECRETS_TESTS_PASSPHRASE";
    private readonly TestFolder _folder = new();
    private readonly List<string> _secrets = [];
    private readonly StringBuilder _said = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_secret_of_a_service_s_configuration_or_of_its_callers_is_kept_or_said()
    {
        var (password, apiKey, namedKey, passphrase) = (Odd("sasl-password"), Plain("api-key"), Plain("named-api-key"), Odd("passphrase"));
        await using var broker = Broker(password);
        await File.WriteAllTextAsync(_folder["passphrase"], passphrase + "\n");
        var azure = Remember(Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
        await using var service = ServiceProcess.Start(_folder["service"], new Dictionary<string, string>
        {
            ["ApiKey"] = apiKey,
            ["ApiKeys:night"] = namedKey,
            ["Clusters:source:bootstrap.servers"] = broker.Address,
            ["Clusters:source:security.protocol"] = "sasl_plaintext",
            ["Clusters:source:sasl.mechanism"] = "PLAIN",
            ["Clusters:source:sasl.username"] = "alice",
            ["Clusters:source:sasl.password"] = password,
            ["Clusters:wrong:bootstrap.servers"] = broker.Address,
            ["Clusters:wrong:security.protocol"] = "sasl_plaintext",
            ["Clusters:wrong:sasl.mechanism"] = "PLAIN",
            ["Clusters:wrong:sasl.username"] = "alice",
            ["Clusters:wrong:sasl.password"] = Odd("wrong-password"),
            ["Repositories:vault:Location"] = $"file:{_folder["vault"]}",
            ["Repositories:vault:PassphraseFile"] = _folder["passphrase"],
            ["Repositories:away:Location"] = "azure:container",
            ["Repositories:away:Azure:ConnectionString"] = $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={azure};BlobEndpoint=http://127.0.0.1:1/a;",
            ["History:MaxAge"] = "1d",
            ["History:Archive"] = "vault",
        });
        service.Http.DefaultRequestHeaders.Add("X-Api-Key", namedKey);

        // What works: with a password, under a passphrase, asked for by somebody who says a secret.
        var good = await StartAsync(service, """{"cluster":"source","repository":"vault"}""", requester: apiKey);
        await EndAsync(service, good, "Completed");
        // What fails while a secret is used.
        await EndAsync(service, await StartAsync(service, """{"cluster":"wrong","repository":"vault"}"""), "Failed");
        // What callers say.
        foreach (var secret in (string[])[password, apiKey, passphrase, azure])
        {
            await SayAsync(service, HttpMethod.Post, "api/backups", HttpStatusCode.BadRequest, Json(new { cluster = "source", repository = "vault", topics = new[] { secret } }));
            await SayAsync(service, HttpMethod.Post, "api/backups", HttpStatusCode.BadRequest, Json(new { cluster = secret, repository = "vault", password = secret, rateLimit = secret }));
            await SayAsync(service, HttpMethod.Post, "api/backups", HttpStatusCode.BadRequest, $"{{\"cluster\":\"source\",{secret}");
            await SayAsync(service, HttpMethod.Post, $"api/instances/{Uri.EscapeDataString(secret)}/suspend", HttpStatusCode.NotFound);
            await SayAsync(service, HttpMethod.Get, $"api/instances?runtimeStatus={Uri.EscapeDataString(secret)}", HttpStatusCode.BadRequest);
            await SayAsync(service, HttpMethod.Get, Uri.EscapeDataString(secret), HttpStatusCode.NotFound);
        }

        await AssertSteeringAsync(service, password, apiKey);
        foreach (var path in (string[])["api/instances", $"api/instances/{good}", $"api/instances/{good}/history", $"api/instances/{good}/history?raw=true", "api/epochs?repository=vault", "api/plans", "openapi/v1.json", "health/ready"])
            await SayAsync(service, HttpMethod.Get, path, HttpStatusCode.OK);
        using (var stranger = new HttpClient { BaseAddress = service.Http.BaseAddress })
        {
            stranger.DefaultRequestHeaders.Add("X-Api-Key", apiKey + "x");
            using var refused = await stranger.GetAsync("api/instances");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            _said.AppendLine(await refused.Content.ReadAsStringAsync());
        }

        Assert.Equal(0, await service.TerminateAsync());
        _said.AppendLine(service.Output).AppendLine(service.Errors);
        AssertNothingTells("***");
    }

    [Fact]
    public async Task No_secret_of_a_command_s_options_files_or_environment_is_kept_or_said()
    {
        var (password, wrong, passphrase) = (Odd("sasl-password"), Odd("wrong-password"), Plain("passphrase"));
        await using var broker = Broker(password);
        string[] cluster = ["-b", broker.Address, "--kafka", "security.protocol=sasl_plaintext", "--kafka", "sasl.mechanism=PLAIN", "--kafka", "sasl.username=alice"];
        string[] vault = ["-r", "file:vault", "--passphrase-variable", Variable];
        await File.WriteAllTextAsync(_folder["client.properties"], $"sasl.password={password}\n");
        var environment = new Dictionary<string, string> { [Variable] = passphrase };

        Assert.Equal(0, await RunAsync(environment, ["backup", "--verbose", .. cluster, "--command-config", _folder["client.properties"], .. vault]));
        Assert.Equal(0, await RunAsync(environment, ["backup", "--verbose", "--json", .. cluster, "--kafka", $"sasl.password={password}", .. vault]));
        Assert.Equal(1, await RunAsync(environment, ["backup", "--topics", "w*", .. cluster, "--kafka", $"sasl.password={wrong}", .. vault]));
        Assert.NotEqual(0, await RunAsync(environment, ["backup", "--topics", password, .. cluster, "--kafka", $"sasl.password={password}", .. vault]));
        Assert.Equal(2, await RunAsync(environment, ["backup", .. cluster, "--kafka", $"sasl.pasword={password}", .. vault]));
        Assert.Equal(2, await RunAsync(environment, ["backup", .. cluster, "--kafka", $"socket.timeout.ms={password}", .. vault]));
        Assert.Equal(2, await RunAsync(new Dictionary<string, string> { [Variable] = Odd("wrong-passphrase") }, ["backup", .. cluster, "--kafka", $"sasl.password={password}", .. vault]));
        Assert.Equal(1, await RunAsync(environment, ["instances", "--host", "http://127.0.0.1:1"], "KafkaBackup__ApiKey", Plain("api-key")));
        foreach (var command in (string[][])[["instances"], ["instances", "--json"], ["epochs", .. vault], ["epoch", "1", "--json", .. vault], ["verify", .. vault]])
            Assert.Equal(0, await RunAsync(environment, command));
        AssertNothingTells("BackupEpoch");
    }

    private async Task AssertSteeringAsync(ServiceProcess service, string password, string apiKey)
    {
        var slow = await StartAsync(service, """{"cluster":"source","repository":"vault","rateLimit":1000}""");
        await SayAsync(service, HttpMethod.Post, $"api/instances/{slow}/suspend?reason={Uri.EscapeDataString($"the password is {password}.")}", HttpStatusCode.Accepted);
        await SayAsync(service, HttpMethod.Post, $"api/instances/{slow}/raiseEvent/x", HttpStatusCode.BadRequest, Json(new { password }));
        await SayAsync(service, HttpMethod.Post, $"api/instances/{slow}/raiseEvent/{Uri.EscapeDataString(apiKey)}", HttpStatusCode.BadRequest, "1");
        await SayAsync(service, HttpMethod.Post, $"api/instances/{slow}/terminate?reason={Uri.EscapeDataString(apiKey)}", HttpStatusCode.BadRequest);
        await SayAsync(service, HttpMethod.Post, $"api/instances/{slow}/terminate", HttpStatusCode.Accepted);
        await SayAsync(service, HttpMethod.Get, $"api/instances/{slow}/history", HttpStatusCode.OK);
    }

    private void AssertNothingTells(string hasToBeSaid)
    {
        var kept = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("passphrase" or "client.properties" or "local.settings.json") && !file.StartsWith(_folder["broker"], StringComparison.Ordinal)).ToList();
        Assert.Contains(kept, file => file.EndsWith("history.db", StringComparison.Ordinal));
        var said = _said.ToString();
        Assert.Contains(hasToBeSaid, said, StringComparison.Ordinal);
        foreach (var secret in _secrets.Select(Core))
        {
            foreach (var form in (string[])[secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))[..12], Convert.ToHexString(Encoding.UTF8.GetBytes(secret))])
            {
                Assert.DoesNotContain(form, said, StringComparison.OrdinalIgnoreCase);
                foreach (var file in kept)
                {
                    var content = File.ReadAllBytes(file);
                    Assert.True(content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(form)) < 0 && content.AsSpan().IndexOf(Encoding.Unicode.GetBytes(form)) < 0, $"{file} holds {form}");
                }
            }
        }
    }

    /// <summary>A secret that JSON and URLs write otherwise.</summary>
    private string Odd(string place) => Remember($"ä\"\\{place}-{Guid.NewGuid():n}\\\"ß");

    private string Plain(string place) => Remember($"{place}-{Guid.NewGuid():n}");

    private string Remember(string secret)
    {
        _secrets.Add(secret);
        return secret;
    }

    /// <summary>What of it stands in every way of writing.</summary>
    private static string Core(string secret) => secret.Trim('ä', 'ß', '"', '\\');

    private static string Json(object body) => JsonSerializer.Serialize(body);

    private BrokerProcess Broker(string password) => BrokerProcess.Start(_folder["broker"], "--sasl", "PLAIN", "--user", $"alice={password}", "--topic", "orders:1");

    private async Task<string> StartAsync(ServiceProcess service, string body, string? requester = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/backups") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (requester is not null)
            request.Headers.Add("X-Requested-By", $"bob, {requester}");
        return JsonDocument.Parse(await SayAsync(service, request, HttpStatusCode.Accepted)).RootElement.Text("id");
    }

    private async Task EndAsync(ServiceProcess service, string id, string status)
    {
        var ended = await service.PollAsync($"api/instances/{id}", s => s.Text("runtimeStatus") is "Completed" or "Failed");
        _said.AppendLine(ended.ToString());
        Assert.True(ended.Text("runtimeStatus") == status, ended.ToString());
    }

    private async Task SayAsync(ServiceProcess service, HttpMethod method, string path, HttpStatusCode expected, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        await SayAsync(service, request, expected);
    }

    private async Task<string> SayAsync(ServiceProcess service, HttpRequestMessage request, HttpStatusCode expected)
    {
        using var response = await service.Http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        _said.AppendLine(response.Headers.ToString()).AppendLine(answer);
        Assert.True(response.StatusCode == expected, $"{request.Method} {request.RequestUri} answered {(int)response.StatusCode}: {answer}");
        return answer;
    }

    private async Task<int> RunAsync(Dictionary<string, string> environment, string[] arguments, string? name = null, string? value = null)
    {
        var all = new Dictionary<string, string>(environment);
        if (name is not null)
            all[name] = value!;
        await using var process = ToolProcess.Start("dotnet", [KafkaBackupCli.Program, .. arguments], _folder.Path, all);
        var exit = await process.WaitAsync();
        _said.AppendLine(process.Output).AppendLine(process.Errors);
        return exit;
    }
}
