using Confluent.Kafka;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>
/// Logs that a real broker wrote are served, backed up and restored: aborted and open transactions, compacted topics with holes and
/// tombstones, LogAppendTime, odd headers and timestamps, trimmed and empty partitions. A read_committed Confluent.Kafka consumer judges.
/// </summary>
public sealed class FixtureRoundTripTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_log_comes_back_as_a_read_committed_consumer_of_the_real_broker_saw_it()
    {
        await using var clusters = TwoClusters.Start(Serve);

        var backup = await clusters.BackupAsync();
        var restore = await clusters.RestoreAsync();

        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.True(restore.Exit == 0, restore.Errors);
        var verify = await clusters.VerifyAsync();
        Assert.True(verify.Exit == 0, verify.Output);
        foreach (var log in FixtureLog.MagicTwo)
        {
            var expected = Fixtures.Records(log.Name, Fixtures.HasCommitted(log.Name)).Select(Describe).ToList();
            var restored = Witness.ReadAll(clusters.Target.Address, log.Topic, log.Partition);
            output.WriteLine($"{log.Name}: {restored.Count} records");
            Assert.Equal(expected, restored.Select(r => r.Content));
            Assert.Equal(Enumerable.Range(0, restored.Count).Select(i => (long)i), restored.Select(r => r.Offset));
        }
    }

    [Fact]
    public async Task Groups_at_the_start_in_a_hole_in_the_middle_at_the_end_and_on_empty_partitions_go_on_at_exactly_the_next_record()
    {
        await using var clusters = TwoClusters.Start(Serve);
        var commits = new List<(string Group, FixtureLog Log, long Offset)>();
        foreach (var log in FixtureLog.MagicTwo)
        {
            var start = log.Offsets.GetProperty("logStartOffset").GetInt64();
            var end = log.Offsets.GetProperty("lastStableOffset").GetInt64();
            var present = Fixtures.Records(log.Name, Fixtures.HasCommitted(log.Name)).Select(r => r.Offset).ToHashSet();
            var hole = Enumerable.Range(0, (int)(end - start)).Select(i => start + i).Where(o => !present.Contains(o)).Select(o => (long?)o).FirstOrDefault();
            foreach (var (name, offset) in new (string, long?)[] { ("start", start), ("hole", hole), ("middle", (start + end) / 2), ("end", end) })
            {
                if (offset is { } committed)
                    commits.Add(($"{log.Name}-{name}", log, committed));
            }
        }

        foreach (var (group, log, offset) in commits)
            await Witness.CommitAsync(clusters.Source.Address, group, new TopicPartitionOffset(log.Topic, log.Partition, offset));

        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        var restore = await clusters.RestoreAsync();

        Assert.True(restore.Exit == 0, restore.Errors);
        output.WriteLine($"{commits.Count} groups");
        foreach (var (group, log, offset) in commits)
        {
            var expected = Fixtures.Records(log.Name, Fixtures.HasCommitted(log.Name)).Where(r => r.Offset >= offset).Select(Describe);
            Assert.Equal(expected, Witness.Continue(clusters.Target.Address, group, log.Topic, log.Partition).Select(r => r.Content));
        }
    }

    [Fact]
    public async Task Logs_of_old_message_formats_come_back_as_a_consumer_of_the_real_broker_saw_them()
    {
        await using var clusters = TwoClusters.Start(data => Fixtures.CopyLogs(data, [.. FixtureLog.Old.Select(log => log.Name)]));

        var backup = await clusters.BackupAsync();
        var restore = await clusters.RestoreAsync();

        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.True(restore.Exit == 0, restore.Errors);
        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);
        foreach (var log in FixtureLog.Old)
        {
            Assert.Equal(log.LogFiles.SelectMany(File.ReadAllBytes), await StoredSegments.ReadAsync(clusters.Repository, log.Topic, log.Partition));
            // Messages of magic 0 have no time: -1 where the listing's client said 0.
            var expected = Fixtures.Records(log.Name).Select(r => Describe(r.TimestampType == "NotAvailable" ? r with { Timestamp = -1 } : r));
            Assert.Equal(expected, Witness.ReadAll(clusters.Target.Address, log.Topic, log.Partition).Select(r => r.Content));
        }
    }

    private static void Serve(string data) => Fixtures.CopyLogs(data);

    private static string Text(string? base64) => base64 is null ? "null" : $"'{base64}'";

    private static string Describe(FixtureRecord record)
    {
        var headers = record.Headers.Select(h => $"{h.Name}={Text(h.Value)}");
        return $"{record.Timestamp} {Text(record.Key)} {Text(record.Value)} [{string.Join(",", headers)}]";
    }
}
