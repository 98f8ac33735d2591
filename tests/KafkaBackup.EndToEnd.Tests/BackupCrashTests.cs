using System.Diagnostics;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>The process is killed in mid-backup, really, again and again, and the same command run again.</summary>
public sealed class BackupCrashTests
{
    private static readonly TimeSpan LeastDuration = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_backup_killed_ten_times_leaves_what_an_undisturbed_one_leaves()
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start();
        await CrashTopic.LoadAsync(clusters.Source.Address);
        var calm = Path.Combine(clusters.Folder, "calm");
        var stormy = Path.Combine(clusters.Folder, "stormy");
        string[] Command(string place) =>
        [
            "backup", "--bootstrap-server", clusters.Source.Address, "--repository", $"file:{place}", "--state", $"{place}-state",
            "--segment-bytes", "128K", "--rate-limit", CrashTopic.RateLimit,
        ];
        var clock = Stopwatch.StartNew();
        var undisturbed = await KafkaBackupCli.RunAsync(clusters.Folder, Command(calm));
        Assert.True(undisturbed.Exit == 0, undisturbed.Errors);
        Figures.Print($"undisturbed backup: {clock.Elapsed.TotalSeconds:0.0} s, {CrashTopic.SegmentBytes(calm)} bytes");
        Assert.True(clock.Elapsed >= LeastDuration, $"the undisturbed run took {clock.Elapsed}");

        var storm = new KillSchedule("backup", () => KafkaBackupCli.Start(clusters.Folder, Command(stormy)), () => CrashTopic.SegmentBytes(stormy), CrashTopic.SegmentBytes(calm));
        await using var last = await storm.RunAsync();

        Assert.True(storm.KilledAtWork >= 8, $"only {storm.KilledAtWork} kills struck while it worked");
        Assert.Equal(CrashTopic.Core(calm), CrashTopic.Core(stormy));
        Assert.Equal(CrashTopic.Segments(calm).Keys, CrashTopic.Segments(stormy).Keys);
        foreach (var (name, bytes) in CrashTopic.Segments(calm))
            Assert.True(bytes.AsSpan().SequenceEqual(CrashTopic.Segments(stormy)[name]), $"{name} differs");
        var verify = await KafkaBackupCli.RunAsync(clusters.Folder, "verify", "--repository", $"file:{stormy}", "--level", "full");
        Assert.True(verify.Exit == 0, verify.Output);
        await CrashTopic.AssertHistoryTellsAsync(clusters.Folder, $"{stormy}-state", "BackUpPartitions", once: ["OpenEpoch", "FixCut"]);
    }
}
