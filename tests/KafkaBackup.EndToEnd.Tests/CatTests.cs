using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Records out of a backup, without the cluster that they come from.</summary>
public sealed class CatTests
{
    private static readonly string[] Logs = ["fx-txn-0", "fx-edge-0", "fx-compact-txn-0", "fx-trimmed-0", "fx-v1-0", "fx-v0-0", "fx-zstd-c-0"];

    [Fact]
    public async Task Records_of_an_encrypted_backup_are_printed_as_a_consumer_of_the_real_broker_saw_them()
    {
        await using var clusters = TwoClusters.Start(data => Fixtures.CopyLogs(data, Logs));
        await File.WriteAllTextAsync(Path.Combine(clusters.Folder, "secret"), "a passphrase\n", TestContext.Current.CancellationToken);
        var backup = await clusters.BackupAsync("--passphrase-file", "secret", "--segment-bytes", "8K");
        Assert.True(backup.Exit == 0, backup.Errors);
        await clusters.Source.StopAsync();

        foreach (var log in Logs.Select(FixtureLog.Of))
        {
            var seen = Fixtures.Records(log.Name, Fixtures.HasCommitted(log.Name));
            Assert.Equal(seen.Select(Describe), (await CatAsync(log.Topic, "--partition", log.Partition.ToString())).Select(Describe));
        }

        var middle = Fixtures.Records("fx-zstd-c-0")[200];
        Assert.Equal([middle.Offset, middle.Offset + 1], (await CatAsync("fx-zstd-c", "--offset", middle.Offset.ToString(), "--max", "2")).Select(Offset));
        var time = DateTimeOffset.FromUnixTimeMilliseconds(middle.Timestamp).ToString("O");
        Assert.Equal(Fixtures.Records("fx-zstd-c-0").First(r => r.Timestamp >= middle.Timestamp).Offset, Offset(Assert.Single(await CatAsync("fx-zstd-c", "--time", time, "--max", "1"))));
        Assert.All(await CatAsync("fx-edge", "--key", "tombstone"), r => Assert.Equal("tombstone", r.GetProperty("key").GetString()));
        Assert.Empty(await CatAsync("fx-zstd-c", "--max", "0"));

        async Task<IReadOnlyList<JsonElement>> CatAsync(string topic, params string[] options)
        {
            var result = await KafkaBackupCli.RunAsync(clusters.Folder, ["cat", topic, "-r", $"file:{clusters.Repository}", "--passphrase-file", "secret", "--json", .. options]);
            Assert.True(result.Exit == 0, result.Errors);
            return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        }
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_damaged_is_told_with_its_exit_code_and_a_reader_that_leaves_is_no_error()
    {
        await using var clusters = TwoClusters.Start(data => Fixtures.CopyLogs(data, "fx-multi-0"));
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);

        OneLine.Assert(await RunAsync("fx-mult"), 6, "there is no topic 'fx-mult' in epoch 1", "there is 'fx-multi'");
        OneLine.Assert(await RunAsync("fx-multi", "--epoch", "2"), 6, "there is no epoch 2", "'kafka-backup epochs'");
        OneLine.Assert(await RunAsync("fx-multi", "--partition", "1"), 6, "has no partition 1", "1, from 0 on");
        OneLine.Assert(await RunAsync("fx-multi", "--max", "some"), 2, "'some' is no number for --max", "0 or more");

        // More than a pipe holds, to a reader that takes one line.
        var script = string.Join(' ', ["set -o pipefail;", "dotnet", KafkaBackupCli.Program, "cat", "fx-multi", "-r", $"file:{clusters.Repository}", "|", "head", "-1"]);
        await using var head = ToolProcess.Start("bash", ["-c", script], clusters.Folder);
        Assert.True(await head.WaitAsync() == 0, head.Errors);
        Assert.StartsWith("fx-multi-0  0  ", Assert.Single(head.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

        var segment = Directory.EnumerateFiles(Path.Combine(clusters.Repository, "packs"), "0*", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
        var damaged = await RunAsync("fx-multi");
        Assert.Equal(1, damaged.Exit);
        Assert.Contains("CRC", damaged.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("fx-multi-0  0  ", damaged.Output, StringComparison.Ordinal);

        Task<CliResult> RunAsync(string topic, params string[] options) => KafkaBackupCli.RunAsync(clusters.Folder, ["cat", topic, "-r", $"file:{clusters.Repository}", .. options]);
    }

    private static long Offset(JsonElement record) => record.GetProperty("offset").GetInt64();

    private static string Describe(FixtureRecord record) =>
        $"{record.Offset} {(record.TimestampType == "NotAvailable" ? -1 : record.Timestamp)} {record.TimestampType} {record.Key ?? "null"} {record.Value ?? "null"} [{string.Join(", ", record.Headers.Select(h => $"{h.Name}={h.Value ?? "null"}"))}]";

    private static string Describe(JsonElement record) =>
        $"{Offset(record)} {record.GetProperty("timestamp").GetInt64()} {record.GetProperty("timestampType").GetString()} {Base64(record, "key")} {Base64(record, "value")} [{string.Join(", ", record.GetProperty("headers").EnumerateArray().Select(h => $"{h.GetProperty("name").GetString()}={Base64(h, "value")}"))}]";

    private static string Base64(JsonElement holder, string name) =>
        holder.GetProperty(name).GetString() is not { } text ? "null"
        : holder.TryGetProperty(name + "Encoding", out _) ? text
        : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
