using System.Diagnostics;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>The process is killed in mid-backup, really, again and again, and the same command run again.</summary>
public sealed class BackupCrashTests
{
    private const int Crowd = 48;

    [Fact]
    public async Task A_backup_killed_ten_times_leaves_what_an_undisturbed_one_leaves()
    {
        await using var clusters = TwoClusters.Start();
        var (calm, stormy) = await StormAsync(clusters, partitions: 7, KillSchedule.Usual, CrashTopic.RateLimit, TimeSpan.FromSeconds(10), "--segment-bytes", "128K", "--packed-segment-bytes", "0");

        Assert.Equal(CrashTopic.Segments(calm).Keys, CrashTopic.Segments(stormy).Keys);
        foreach (var (name, bytes) in CrashTopic.Segments(calm))
            Assert.True(bytes.AsSpan().SequenceEqual(CrashTopic.Segments(stormy)[name]), $"{name} differs");
    }

    [Fact]
    public async Task A_backup_of_many_small_partitions_into_packs_killed_again_and_again_has_what_an_undisturbed_one_has()
    {
        await using var clusters = TwoClusters.Start();
        // How large segments become is the producer's doing; those above the bound of what is packed stand alone, so that of one partition some lie in packs and some alone.
        var (calm, stormy) = await StormAsync(clusters, Crowd, TestSize.Of(4, KillSchedule.Usual), "4M", TimeSpan.FromSeconds(4), "--segment-bytes", "96K", "--packed-segment-bytes", "72K", "--pack-bytes", "256K");

        var (expected, actual) = (await StoredSegments.ReadAsync(calm), await StoredSegments.ReadAsync(stormy));
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, bytes) in expected)
            Assert.True(bytes.AsSpan().SequenceEqual(actual[name]), $"{name} differs");
        foreach (var repository in (string[])[calm, stormy])
        {
            var (packed, alone) = await StoredSegments.CountAsync(repository);
            var packs = Directory.GetFiles(Path.Combine(repository, "packs"), "0*", SearchOption.AllDirectories).Length;
            Figures.Print($"{Path.GetFileName(repository)}: {packed} segments in {packs} packs, {alone} alone");
            // The last segment of a partition is what is left over: below the bound or above it, as the producer made its batches.
            Assert.True(packed >= 8 && packs < packed, $"{packed} packed in {packs}, {alone} alone");
        }
    }

    private static async Task<(string Calm, string Stormy)> StormAsync(
        TwoClusters clusters, int partitions, int kills, string rateLimit, TimeSpan leastDuration, params string[] options)
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await CrashTopic.LoadAsync(clusters.Source.Address, partitions);
        var calm = Path.Combine(clusters.Folder, "calm");
        var stormy = Path.Combine(clusters.Folder, "stormy");
        string[] Command(string place) =>
        [
            "backup", "--bootstrap-server", clusters.Source.Address, "--repository", $"file:{place}", "--state", $"{place}-state", "--rate-limit", rateLimit, .. options,
        ];
        var clock = Stopwatch.StartNew();
        var undisturbed = await KafkaBackupCli.RunAsync(clusters.Folder, Command(calm));
        Assert.True(undisturbed.Exit == 0, undisturbed.Errors);
        Figures.Print($"undisturbed backup: {clock.Elapsed.TotalSeconds:0.0} s, {CrashTopic.SegmentBytes(calm)} bytes");
        Assert.True(clock.Elapsed >= leastDuration, $"the undisturbed run took {clock.Elapsed}");

        var storm = new KillSchedule("backup", () => KafkaBackupCli.Start(clusters.Folder, Command(stormy)), () => CrashTopic.SegmentBytes(stormy), CrashTopic.SegmentBytes(calm), kills);
        await using var last = await storm.RunAsync();

        Assert.True(storm.KilledAtWork >= kills * 8 / 10, $"only {storm.KilledAtWork} kills struck while it worked");
        Assert.Equal(CrashTopic.Core(calm), CrashTopic.Core(stormy));
        var verify = await KafkaBackupCli.RunAsync(clusters.Folder, "verify", "--repository", $"file:{stormy}", "--level", "full");
        Assert.True(verify.Exit == 0, verify.Output);
        await CrashTopic.AssertHistoryTellsAsync(clusters.Folder, $"{stormy}-state", "BackUpPartitions", once: ["OpenEpoch", "FixCut"]);
        return (calm, stormy);
    }
}
