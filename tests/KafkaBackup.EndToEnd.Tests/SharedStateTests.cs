using System.Diagnostics;
using System.Net;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>One service of two hosts on one state in Azurite.</summary>
public sealed class SharedStateTests : IAsyncLifetime
{
    private const int Records = 6000;
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TestFolder _data = new();
    private readonly List<ServiceProcess> _services = [];
    private TwoClusters _clusters = null!;
    private AzuriteProcess _azurite = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(AzuriteProcess.IsHere, AzuriteProcess.Missing);
        _azurite = AzuriteProcess.Start(_data.Path);
        _clusters = TwoClusters.Start();
        await Topics.CreateAsync(_clusters.Source.Address, "orders", 3);
        Topics.Produce(_clusters.Source.Address, "orders", 3, 0, Records, valueBytes: 200);
        await Witness.CommitAsync(_clusters.Source.Address, "billing", new Confluent.Kafka.TopicPartitionOffset("orders", 1, 400));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
            await service.DisposeAsync();
        if (_clusters is not null)
            await _clusters.DisposeAsync();
        if (_azurite is not null)
            await _azurite.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task A_backup_and_a_restore_outlive_the_hosts_that_they_were_started_on_and_the_others_keep_answering()
    {
        var (first, second) = (Start("first"), Start("second"));
        var backup = await first.StartAsync("backups", new { cluster = "source", repository = "vault", topics = new[] { "orders" }, rateLimit = 400_000 });
        await AtWorkAsync(second, backup, "BackUpPartitions");

        var epoch = await OutliveAsync(first, second, backup);
        Assert.Equal(Records, epoch.GetProperty("output").Number("records"));

        var third = Start("third");
        var restore = await second.StartAsync("restores", new { cluster = "target", repository = "vault", rateLimit = 400_000 });
        await AtWorkAsync(third, restore, "RestorePartitions");
        var restored = await OutliveAsync(second, third, restore);
        Assert.Equal(Records, restored.GetProperty("output").Number("records"));

        for (var partition = 0; partition < 3; partition++)
            Assert.Equal(Witness.ReadAll(_clusters.Source.Address, "orders", partition), Witness.ReadAll(_clusters.Target.Address, "orders", partition));
        Assert.Equal(400, Witness.Continue(_clusters.Target.Address, "billing", "orders", 1)[0].Offset);
        Assert.Equal(0, (await _clusters.VerifyAsync()).Exit);
        await AssertTheCommandLineReadsItAsync(backup.Text("id"), third);
        Assert.All(_services, service => Assert.DoesNotContain(AccountKey, service.Output + service.Errors));
    }

    [Fact]
    public async Task A_busy_account_makes_the_service_unready_and_says_so_and_the_stop_does_not_wait_for_it()
    {
        await using var proxy = new BusyProxy(_azurite.TablePort);
        var service = Start("first", AzuriteProcess.ConnectionStringFor(_azurite.BlobPort, proxy.Port));
        var backup = await service.StartAsync("backups", new { cluster = "source", repository = "vault", topics = new[] { "orders" }, rateLimit = 400_000 });
        await AtWorkAsync(service, backup, "BackUpPartitions");
        await ReadyAsync(service, HttpStatusCode.OK, "ready");

        proxy.IsBusy = true;
        var problem = await ReadyAsync(service, HttpStatusCode.ServiceUnavailable, "503 ServerBusy");
        Assert.DoesNotContain(AccountKey, problem);
        proxy.IsBusy = false;
        await ReadyAsync(service, HttpStatusCode.OK, "ready");
        Assert.Equal("Completed", (await service.EndAsync(backup)).Text("runtimeStatus"));

        proxy.IsBusy = true;
        var clock = Stopwatch.StartNew();
        await service.TerminateAsync();
        Figures.Print($"SIGTERM while the account is busy: over after {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.True(clock.Elapsed < Patience, "the stop waited for the account");
    }

    [Fact]
    public async Task An_account_that_can_not_be_reached_at_the_start_is_one_line_with_the_remedy()
    {
        await _azurite.StopAsync();
        var result = await KafkaBackupCli.RunAsync(Write("first", _azurite.ConnectionString), ["host", "--listen", "http://127.0.0.1:0"]);

        Assert.Equal(1, result.Exit);
        Assert.Contains($"Azure Storage at http://127.0.0.1:{_azurite.TablePort}/", result.Errors);
        Assert.Contains("check the account's name", result.Errors);
        Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain(AccountKey, result.Errors + result.Output);
    }

    private static Task AtWorkAsync(ServiceProcess service, JsonElement links, string activity) => service.PollAsync(
        PathOf(links), status => status.TryGetProperty("progress", out var progress) && progress.EnumerateArray().Any(p => p.Text("activity") == activity));

    /// <summary>Kills a host, and watches what it had come to its end on another.</summary>
    private static async Task<JsonElement> OutliveAsync(ServiceProcess dying, ServiceProcess other, JsonElement links)
    {
        await dying.KillAsync();
        var clock = Stopwatch.StartNew();
        var (answers, slowest) = (0, TimeSpan.Zero);
        while (true)
        {
            var before = clock.Elapsed;
            var status = await other.GetAsync(PathOf(links));
            answers++;
            slowest = clock.Elapsed - before > slowest ? clock.Elapsed - before : slowest;
            if (status.Text("runtimeStatus") is not ("Running" or "Pending"))
            {
                Figures.Print($"killed in the middle, {status.Text("runtimeStatus")} on the other host after {clock.Elapsed.TotalSeconds:0.0} s; {answers} answers meanwhile, the slowest after {slowest.TotalSeconds:0.00} s");
                Assert.True(status.Text("runtimeStatus") == "Completed", status.ToString());
                await AssertNothingCommittedRanAgainAsync(other, links);
                return status;
            }
            Assert.True(clock.Elapsed < Patience, status.ToString());
            await Task.Delay(50);
        }
    }

    private static async Task AssertNothingCommittedRanAgainAsync(ServiceProcess service, JsonElement links)
    {
        var over = new HashSet<long>();
        foreach (var entry in (await service.GetAsync($"{PathOf(links)}/history")).EnumerateArray().Where(entry => entry.TryGetProperty("taskId", out var id) && id.ValueKind == JsonValueKind.Number))
        {
            var (index, what) = (entry.Number("taskId"), entry.Text("event"));
            if (what == "TaskStarted")
                Assert.DoesNotContain(index, over);
            else if (what == "TaskCompleted")
                Assert.True(over.Add(index), entry.ToString());
        }
        Assert.NotEmpty(over);
    }

    private async Task AssertTheCommandLineReadsItAsync(string id, ServiceProcess service)
    {
        var listed = await KafkaBackupCli.RunAsync(Path.Combine(_clusters.Folder, "third"), "instances", "--state", "azure:shared", "--json");
        Assert.True(listed.Exit == 0, listed.Errors);
        Assert.Equal(2, JsonDocument.Parse(listed.Output).RootElement.GetArrayLength());
        Assert.Contains(id, listed.Output);
        var refused = await KafkaBackupCli.RunAsync(_clusters.Folder, "terminate", id, "--state", "azure:shared");
        Assert.Equal(2, refused.Exit);
        Assert.Contains("--host", refused.Errors);
        await ReadyAsync(service, HttpStatusCode.OK, "ready");
    }

    private static async Task<string> ReadyAsync(ServiceProcess service, HttpStatusCode expected, string symptom)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            using var response = await service.Http.GetAsync("health/ready");
            var text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == expected && text.Contains(symptom, StringComparison.Ordinal))
                return text;
            Assert.True(clock.Elapsed < Patience, $"{(int)response.StatusCode}: {text}");
            await Task.Delay(100);
        }
    }

    private static string PathOf(JsonElement links) => $"api/instances/{links.Text("id")}";

    private ServiceProcess Start(string name, string? connectionString = null)
    {
        var service = ServiceProcess.StartConfigured(Write(name, connectionString ?? _azurite.ConnectionString));
        _services.Add(service);
        return service;
    }

    private string Write(string name, string connectionString)
    {
        var folder = Path.Combine(_clusters.Folder, name);
        ServiceProcess.Configure(folder, new Dictionary<string, string>
        {
            ["Clusters:source:bootstrap.servers"] = _clusters.Source.Address,
            ["Clusters:target:bootstrap.servers"] = _clusters.Target.Address,
            ["Repositories:vault"] = $"file:{_clusters.Repository}",
            ["State:Location"] = "azure:shared",
            ["State:ProbeTimeout"] = "1s",
            ["State:MissedProbes"] = "2",
            ["Azure:ConnectionString"] = connectionString,
        });
        return folder;
    }
}
