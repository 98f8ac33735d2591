using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Topics whose configuration matters, or that are changed by others between two epochs or while one is made.</summary>
public sealed class ChangingTopicTests
{
    [Fact]
    public async Task A_restored_topic_has_its_own_configuration_again_and_as_many_replicas_as_the_target_can_have()
    {
        await using var clusters = TwoClusters.Start(sourceArguments: ["--nodes", "3"], targetArguments: ["--nodes", "2"]);
        var own = new Dictionary<string, string> { ["cleanup.policy"] = "compact", ["retention.ms"] = "987654321", ["max.message.bytes"] = "77777", ["compression.type"] = "gzip" };
        using (var admin = Admin(clusters.Source.Address))
            await admin.CreateTopicsAsync([new TopicSpecification { Name = "ledger", NumPartitions = 2, ReplicationFactor = 3, Configs = own }]);
        Topics.Produce(clusters.Source.Address, "ledger", 2, 0, 20);

        var backup = await clusters.BackupAsync();
        var restore = await clusters.RestoreAsync();

        Assert.True((backup.Exit, restore.Exit) == (0, 0), backup.Errors + restore.Errors);
        using var target = Admin(clusters.Target.Address);
        var described = await target.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = "ledger" }]);
        Assert.Equal(
            own.OrderBy(s => s.Key, StringComparer.Ordinal),
            described.Single().Entries.Values.Where(e => e.Source == ConfigSource.DynamicTopicConfig).Select(e => KeyValuePair.Create(e.Name, e.Value))
                .OrderBy(s => s.Key, StringComparer.Ordinal));
        Assert.All(target.GetMetadata("ledger", TimeSpan.FromSeconds(30)).Topics.Single().Partitions, p => Assert.Equal(2, p.Replicas.Length));
    }

    [Fact]
    public async Task What_retention_took_between_two_epochs_is_one_gap_that_the_reports_name()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "stream", 1);
        Topics.Produce(clusters.Source.Address, "stream", 1, 0, 30);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        Topics.Produce(clusters.Source.Address, "stream", 1, 30, 100);
        using (var admin = Admin(clusters.Source.Address))
            await admin.DeleteRecordsAsync([new TopicPartitionOffset("stream", 0, 55)]);

        var backup = await clusters.BackupAsync();
        var restore = await clusters.RestoreAsync();

        Assert.Equal((3, 3), (backup.Exit, restore.Exit));
        Assert.Contains("stream-0: offsets 30 to 54 were gone before they could be read (retention)", backup.Output + backup.Errors, StringComparison.Ordinal);
        Assert.Contains("stream-0: offsets 30 to 54 are not in the backup (retention)", restore.Output + restore.Errors, StringComparison.Ordinal);
        using var manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(clusters.Repository, "epochs", $"{2:d20}.json")));
        var gap = Assert.Single(manifest.RootElement.GetProperty("core").GetProperty("topics")[0].GetProperty("gaps").EnumerateArray());
        Assert.Equal((30, 55), (gap.Number("from"), gap.Number("to")));
        Assert.Equal(
            Witness.ReadAll(clusters.Source.Address, "stream", 0).Select(r => r.Content), Witness.ReadAll(clusters.Target.Address, "stream", 0).Select(r => r.Content));
        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);
    }

    [Theory]
    [InlineData("its id tells")]
    [InlineData("its log tells", "--max-version", "Metadata=9")]
    public async Task A_topic_that_is_created_anew_while_it_is_backed_up_makes_no_epoch(string how, params string[] brokerArguments)
    {
        await using var clusters = TwoClusters.Start(sourceArguments: brokerArguments);
        foreach (var topic in (string[])["short", "slow"])
            await Topics.CreateAsync(clusters.Source.Address, topic, 1);
        Topics.Produce(clusters.Source.Address, "short", 1, 0, 10);
        Topics.Produce(clusters.Source.Address, "slow", 1, 0, 600, valueBytes: 1000);
        await using var backup = KafkaBackupCli.Start(
            clusters.Folder, "backup", "--bootstrap-server", clusters.Source.Address, "--repository", $"file:{clusters.Repository}", "--rate-limit", "200K", "--kafka", "give.up.after.ms=2000");

        // Its slice is done as soon as its pack is there; the other one goes on for some seconds.
        var packs = Path.Combine(clusters.Repository, "packs");
        await Until(() => Directory.Exists(packs) && Directory.EnumerateFiles(packs, "0*", SearchOption.AllDirectories).Any(), backup);
        using (var admin = Admin(clusters.Source.Address))
        {
            await admin.DeleteTopicsAsync(["short"]);
            await admin.CreateTopicsAsync([new TopicSpecification { Name = "short", NumPartitions = 1 }]);
        }

        Topics.Produce(clusters.Source.Address, "short", 1, 100, 105);
        Assert.False(backup.HasExited, "the backup was over before the topic was replaced");
        Assert.Equal(1, await backup.WaitAsync());
        Assert.Contains("topic 'short' was deleted or created anew while it was backed up", backup.Errors, StringComparison.Ordinal);
        Assert.Equal(how == "its log tells", backup.Errors.Contains("short-0 ends at offset 5, before 10, which it had", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(clusters.Repository, "epochs")));
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        Assert.Equal(0, (await clusters.RestoreAsync()).Exit);
        Assert.Equal(Witness.ReadAll(clusters.Source.Address, "short", 0), Witness.ReadAll(clusters.Target.Address, "short", 0));
    }

    [Fact]
    public async Task A_setting_that_the_target_does_not_know_is_named_before_anything_is_created_and_can_be_left_out()
    {
        await using var clusters = TwoClusters.Start(targetArguments: ["--fault", "refuse:message.format.version", "--fault", "refuse:flush.ms"]);
        using (var admin = Admin(clusters.Source.Address))
        {
            await admin.CreateTopicsAsync(
            [
                new TopicSpecification { Name = "a-plain", NumPartitions = 1 },
                new TopicSpecification
                {
                    Name = "dated",
                    NumPartitions = 1,
                    Configs = new() { ["message.format.version"] = "2.4-IV1", ["flush.ms"] = "1000", ["retention.ms"] = "987654321" },
                },
            ]);
        }

        Topics.Produce(clusters.Source.Address, "dated", 1, 0, 5);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);

        var refused = await clusters.RestoreAsync();
        Assert.Equal(5, refused.Exit);
        foreach (var setting in (string[])["message.format.version=2.4-IV1", "flush.ms=1000"])
            Assert.Contains($"topic 'dated': the target refuses {setting} (Unknown topic config name", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("retention.ms", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--without-settings flush.ms", refused.Errors, StringComparison.Ordinal);
        using var target = Admin(clusters.Target.Address);
        Assert.Empty(target.GetMetadata(TimeSpan.FromSeconds(30)).Topics);

        Assert.Equal(6, (await clusters.RestoreAsync("--without-settings", "flush.msec")).Exit);
        var restore = await clusters.RestoreAsync("--without-settings", "flush.ms,message.format.version");
        Assert.True(restore.Exit == 0, restore.Errors);
        var described = await target.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = "dated" }]);
        Assert.Equal(
            [("retention.ms", "987654321")],
            described.Single().Entries.Values.Where(e => e.Source == ConfigSource.DynamicTopicConfig).Select(e => (e.Name, e.Value)));
    }

    [Theory]
    [InlineData("error:CreateTopics=PolicyViolation*2", false, "topic 'stream' can't be created at the target")]
    [InlineData("error:IncrementalAlterConfigs=PolicyViolation", true, "topic 'stream' can't be configured for the restore")]
    public async Task What_the_targets_policy_forbids_is_said_before_anything_is_written(string fault, bool exists, string violation)
    {
        await using var clusters = TwoClusters.Start(targetArguments: [.. exists ? (string[])["--topic", "stream"] : [], "--fault", fault]);
        await Topics.CreateAsync(clusters.Source.Address, "stream", 1);
        Topics.Produce(clusters.Source.Address, "stream", 1, 0, 5);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);

        var refused = await clusters.RestoreAsync();
        Assert.Equal(5, refused.Exit);
        Assert.Contains(violation, refused.Errors, StringComparison.Ordinal);
        using var target = Admin(clusters.Target.Address);
        Assert.Equal(exists ? 1 : 0, target.GetMetadata(TimeSpan.FromSeconds(30)).Topics.Count);
    }

    [Fact]
    public async Task A_topic_is_known_by_the_id_that_its_cluster_gave_it()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "named", 1);
        Topics.Produce(clusters.Source.Address, "named", 1, 0, 3);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);

        using var admin = Admin(clusters.Source.Address);
        var described = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["named"]), null)).TopicDescriptions.Single();
        var id = Convert.FromBase64String(described.TopicId.ToString().Replace('-', '+').Replace('_', '/').PadRight(24, '='));
        using var manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(clusters.Repository, "epochs", $"{1:d20}.json")));
        Assert.Equal(Convert.ToHexStringLower(id), manifest.RootElement.GetProperty("core").GetProperty("topics")[0].GetProperty("topicId").GetString());
    }

    private static IAdminClient Admin(string broker) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).SetLogHandler((_, _) => { }).Build();

    private static async Task Until(Func<bool> condition, ToolProcess process)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!condition())
        {
            Assert.False(process.HasExited, process.Errors);
            Assert.True(DateTime.UtcNow < deadline, "it does not come to that");
            await Task.Delay(20);
        }
    }
}
