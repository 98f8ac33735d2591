using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Merges between a backup and its restore, and in the middle of a restore that is killed.</summary>
public sealed class MergedRestoreTests
{
    [Fact]
    public async Task A_restore_that_is_killed_goes_on_though_what_it_reads_was_merged_and_pruned_meanwhile()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start();
        await CrashTopic.LoadAsync(clusters.Source.Address);
        // Segments small enough for many of them.
        Assert.Equal(0, (await clusters.BackupAsync("--segment-bytes", "200K", "--packed-segment-bytes", "0")).Exit);
        string[] command =
        [
            "restore", "--bootstrap-server", clusters.Target.Address, "--repository", $"file:{clusters.Repository}", "--state", Path.Combine(clusters.Folder, "restore-state"),
            "--epoch", "1", "--rate-limit", CrashTopic.RateLimit,
        ];
        var random = new Random(TestSize.Seed);
        var logs = Logs();
        var killed = 0;
        for (var kill = 0; kill < 4; kill++)
        {
            var before = CrashTopic.LogBytes(clusters.Target.Data);
            await using var process = KafkaBackupCli.Start(clusters.Folder, command);
            while (!process.HasExited && CrashTopic.LogBytes(clusters.Target.Data) < before + random.Next(1_000_000, 3_000_000))
                await Task.Delay(20, TestContext.Current.CancellationToken);
            killed += process.HasExited ? 0 : 1;
            await process.KillAsync();
            if (kill is not (0 or 2))
                continue;
            await OkAsync("merge", "--segment-bytes", kill == 0 ? "2M" : "1G", "--least-segments", "2");
            Assert.Equal(0, (await clusters.BackupAsync()).Exit);
            await OkAsync("prune", "--keep-last", "1");
        }

        // The pin keeps the epoch, and the segments that it had when the restore began.
        Assert.True(killed >= 3, $"{killed} kills struck");
        Assert.Empty(logs.Except(Logs()));
        var last = await KafkaBackupCli.RunAsync(clusters.Folder, command);
        Assert.True(last.Exit == 0, last.Errors);
        for (var partition = 0; partition < CrashTopic.Partitions; partition++)
            Assert.Equal(Witness.ReadAll(clusters.Source.Address, CrashTopic.Topic, partition), Witness.ReadAll(clusters.Target.Address, CrashTopic.Topic, partition));

        // When it is over they go.
        await OkAsync("prune", "--keep-last", "100");
        Assert.Empty(logs.Intersect(Logs()));
        var verified = await clusters.VerifyAsync();
        Assert.True(verified.Exit == 0, verified.Output);
        Figures.Print($"restore across merges and prunes: {logs.Count} segments became {Logs().Count}, seed {TestSize.Seed}");
        Assert.Equal(0, (await clusters.RestoreAsync("--epoch", "1", "--map", $"{CrashTopic.Topic}=again")).Exit);
        for (var partition = 0; partition < CrashTopic.Partitions; partition++)
            Assert.Equal(Witness.ReadAll(clusters.Source.Address, CrashTopic.Topic, partition), Witness.ReadAll(clusters.Target.Address, "again", partition));

        List<string> Logs() => [.. Directory.GetFiles(Path.Combine(clusters.Repository, "topics"), "*.log", SearchOption.AllDirectories)];

        async Task OkAsync(string verb, params string[] options)
        {
            var done = await KafkaBackupCli.RunAsync(clusters.Folder, [verb, "--repository", $"file:{clusters.Repository}", .. options]);
            Assert.True(done.Exit == 0, done.Errors);
        }
    }
}
