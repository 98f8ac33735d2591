using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A cluster with client quotas: runs keep to them, and say which quota it is that holds them back.</summary>
public sealed class QuotaTests : IAsyncLifetime
{
    private const int Records = 4000;
    private const string Reading = "quota consumer_byte_rate 1 MiB/s of each broker for client-id kafka-backup";
    private const string Writing = "quota producer_byte_rate 512 KiB/s of each broker for default user and client-id kafka-backup";
    private const string Quotas = """
        {"quotas":[
          {"client":"kafka-backup","values":{"consumer_byte_rate":1048576,"producer_byte_rate":1}},
          {"user":"","client":"kafka-backup","values":{"producer_byte_rate":524288}},
          {"user":"somebody","values":{"consumer_byte_rate":1}}]}
        """;

    private readonly TestFolder _folder = new();
    private BrokerProcess _broker = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder["broker"]);
        await File.WriteAllTextAsync(Path.Combine(_folder["broker"], "quotas.json"), Quotas);
        _broker = BrokerProcess.Start(_folder["broker"]);
        await Topics.CreateAsync(_broker.Address, "orders", 1);
        Topics.Produce(_broker.Address, "orders", 1, 0, Records, valueBytes: 1000);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Plan_progress_and_report_name_the_quota_that_holds_a_run_back()
    {
        var backup = await RunAsync("backup");
        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.Matches($@"throttled by the cluster for [0-9.]+ s \({Reading}\)", backup.Output);

        var plan = await RunAsync("restore", "--dry-run", "--map", "orders=copy");
        Assert.True(plan.Exit == 0, plan.Errors);
        Assert.Contains($"  {Writing}{Environment.NewLine}", plan.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("consumer_byte_rate", plan.Output, StringComparison.Ordinal);

        var restore = await RunAsync("restore", "--map", "orders=copy");
        Assert.True(restore.Exit == 0, restore.Errors);
        Assert.Matches($@"throttled by the cluster for [0-9.]+ s \({Writing}\)", restore.Output);
        Assert.Matches($@"writing records: .*, throttled by the cluster for [0-9.]+ s \({Writing}\) so far", restore.Errors);
        var kept = Directory.GetFiles(Path.Combine(_folder["vault"], "restores"), "report.json", SearchOption.AllDirectories).Single();
        // The last line is the checksum.
        using var report = JsonDocument.Parse(File.ReadLines(kept).First());
        Assert.Equal(524288, report.RootElement.GetProperty("throttling").GetProperty("quotas").GetProperty("quotas")[0].GetProperty("value").GetDouble());
    }

    private Task<CliResult> RunAsync(string command, params string[] options) =>
        KafkaBackupCli.RunAsync(_folder.Path, [command, "-b", _broker.Address, "-r", "file:vault", "--state", "state", .. options]);
}
