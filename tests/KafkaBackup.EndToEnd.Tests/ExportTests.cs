using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>An exported folder is a broker's data folder.</summary>
public sealed class ExportTests
{
    [Fact]
    public async Task A_broker_serves_the_exported_folder_as_the_source_served_the_logs()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start(data => Fixtures.CopyLogs(data, [.. FixtureLog.All().Select(log => log.Name)]));
        await File.WriteAllTextAsync(Path.Combine(clusters.Folder, "secret"), "a passphrase\n", TestContext.Current.CancellationToken);
        var backup = await clusters.BackupAsync("--passphrase-file", "secret", "--segment-bytes", "8K");
        Assert.True(backup.Exit == 0, backup.Errors);

        var export = await KafkaBackupCli.RunAsync(clusters.Folder, "export", "-r", $"file:{clusters.Repository}", "--passphrase-file", "secret", "--to", "exported");

        Assert.True(export.Exit == 0, export.Errors);
        await using var broker = BrokerProcess.Start(Path.Combine(clusters.Folder, "exported"));
        var topics = FixtureLog.All().GroupBy(log => log.Topic).ToDictionary(topic => topic.Key, topic => topic.Count());
        foreach (var (topic, partitions) in topics)
        {
            var expected = await Kcat.DumpAsync(clusters.Source.Address, topic, partitions, withOffsets: true);
            Assert.Equal(expected, await Kcat.DumpAsync(broker.Address, topic, partitions, withOffsets: true));
            Assert.True(expected.Length > 0 || topic is "fx-empty", topic);
        }
    }

    [Fact]
    public async Task Killed_at_any_moment_an_export_leaves_no_folder_and_the_same_command_completes_it()
    {
        await using var clusters = TwoClusters.Start(data => Fixtures.CopyLogs(data));
        Assert.Equal(0, (await clusters.BackupAsync("--segment-bytes", "1K")).Exit);
        var random = new Random(TestSize.Seed);
        var target = Path.Combine(clusters.Folder, "exported");
        var killed = 0;
        for (var i = 0; i < TestSize.Of(6, 60); i++)
        {
            await using var process = KafkaBackupCli.Start(clusters.Folder, "export", "-r", $"file:{clusters.Repository}", "--to", "exported");
            while (!process.HasExited && !Directory.Exists(target + ".incomplete"))
                await Task.Delay(2, TestContext.Current.CancellationToken);
            await Task.Delay(random.Next(60), TestContext.Current.CancellationToken);
            await process.KillAsync();
            if (Directory.Exists(target))
                break;
            killed++;
        }

        Figures.Print($"export: killed {killed} times, seed {TestSize.Seed}");
        if (!Directory.Exists(target))
            Assert.Equal(0, (await KafkaBackupCli.RunAsync(clusters.Folder, "export", "-r", $"file:{clusters.Repository}", "--to", "exported")).Exit);
        Assert.Equal(0, (await KafkaBackupCli.RunAsync(clusters.Folder, "export", "-r", $"file:{clusters.Repository}", "--to", "again")).Exit);
        Assert.Equal(Contents(Path.Combine(clusters.Folder, "again")), Contents(target));
        OneLine.Assert(await KafkaBackupCli.RunAsync(clusters.Folder, "export", "-r", $"file:{clusters.Repository}", "--to", "again"), 5, "is not empty", "another folder");
    }

    private static List<string> Contents(string path) =>
        [.. Directory.GetFiles(path, "*", SearchOption.AllDirectories).Select(file => $"{Path.GetRelativePath(path, file)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}").Order(StringComparer.Ordinal)];
}
