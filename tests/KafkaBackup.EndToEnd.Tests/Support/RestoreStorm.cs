using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>A restore that is killed ten times and run again; the target's records are counted and compared.</summary>
internal static class RestoreStorm
{
    public static async Task RunAsync(string what, string[] targetArguments)
    {
        Assert.SkipUnless(Kcat.IsHere, "kcat is not installed");
        await using var clusters = TwoClusters.Start(targetArguments: targetArguments);
        await CrashTopic.LoadAsync(clusters.Source.Address);
        await Witness.CommitAsync(clusters.Source.Address, "followers", new Confluent.Kafka.TopicPartitionOffset(CrashTopic.Topic, 3, 1234));
        var backup = await clusters.BackupAsync();
        Assert.True(backup.Exit == 0, backup.Errors);
        string[] command =
        [
            "restore", "--bootstrap-server", clusters.Target.Address, "--repository", $"file:{clusters.Repository}", "--state", Path.Combine(clusters.Folder, "restore-state"),
            "--rate-limit", CrashTopic.RateLimit,
        ];
        var storm = new KillSchedule(
            what, () => KafkaBackupCli.Start(clusters.Folder, command), () => CrashTopic.LogBytes(clusters.Target.Data), CrashTopic.LogBytes(clusters.Source.Data));

        await using var last = await storm.RunAsync();

        Assert.True(storm.KilledAtWork >= 8, $"only {storm.KilledAtWork} kills struck while it worked");
        for (var partition = 0; partition < CrashTopic.Partitions; partition++)
        {
            var source = Witness.ReadAll(clusters.Source.Address, CrashTopic.Topic, partition);
            var target = Witness.ReadAll(clusters.Target.Address, CrashTopic.Topic, partition);
            Assert.Equal(source.Count, target.Count);
            Assert.Equal(source, target);
        }

        Assert.Equal(
            Witness.ReadAll(clusters.Source.Address, CrashTopic.Topic, 3).Where(r => r.Offset >= 1234),
            Witness.Continue(clusters.Target.Address, "followers", CrashTopic.Topic, 3));
        await CrashTopic.AssertHistoryTellsAsync(clusters.Folder, Path.Combine(clusters.Folder, "restore-state"), "RestorePartitions", once: ["PlanRestore", "PrepareTopics"]);
    }
}
