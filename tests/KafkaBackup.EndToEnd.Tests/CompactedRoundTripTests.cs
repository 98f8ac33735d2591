using Confluent.Kafka;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A topic that its broker compacts while it is written: holes, tombstones with a delete horizon, empty batches, transactions in part gone.</summary>
public sealed class CompactedRoundTripTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_compacted_topic_comes_back_and_groups_in_its_holes_go_on_at_the_next_record()
    {
        await using var clusters = TwoClusters.Start(sourceArguments: CompactedSource.Eager);
        var source = clusters.Source.Address;
        await CompactedSource.CreateAsync(source, deleteRetentionMs: 3_600_000);
        await FillAsync(clusters);
        var end = await EndAsync(source);
        var present = await CompactedAsync(source);
        output.WriteLine($"seed {TestSize.Seed}: {present.Count} of {end} offsets have a record");

        // In every hole's begin and end, at every fifth record, at the end.
        var offsets = new HashSet<long> { 0, end };
        for (var i = 0; i < present.Count; i++)
        {
            var before = i == 0 ? -1 : present[i - 1].Offset;
            if (present[i].Offset - before > 1)
                offsets.UnionWith([before + 1, present[i].Offset - 1]);
            if (i % 5 == 0)
                offsets.Add(present[i].Offset);
        }

        var random = new Random(TestSize.Seed);
        offsets = [0, end, .. offsets.Order().OrderBy(_ => random.Next()).Take(TestSize.Of(20, 1000))];
        foreach (var offset in offsets)
            await Witness.CommitAsync(source, $"at-{offset}", new TopicPartitionOffset(CompactedSource.Topic, 0, offset));
        var backup = await clusters.BackupAsync();
        Assert.True(backup.Exit == 0, backup.Errors + backup.Output);
        var restore = await clusters.RestoreAsync();
        Assert.True(restore.Exit == 0, restore.Errors + restore.Output);
        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);

        var restored = Witness.ReadAll(clusters.Target.Address, CompactedSource.Topic, 0);
        Assert.Equal(present.Select(r => r.Content), restored.Select(r => r.Content));
        Assert.Contains(restored, r => r.Content.Contains("' null [", StringComparison.Ordinal));
        output.WriteLine($"{offsets.Count} groups");
        Assert.True(offsets.Count >= 20);
        foreach (var offset in offsets)
        {
            var expected = present.Where(r => r.Offset >= offset).Select(r => r.Content);
            Assert.Equal(expected, Witness.Continue(clusters.Target.Address, $"at-{offset}", CompactedSource.Topic, 0).Select(r => r.Content));
        }
    }

    // Updates of a few keys by an idempotent producer, and by one whose transactions are aborted every third time.
    private static async Task FillAsync(TwoClusters clusters)
    {
        var random = new Random(TestSize.Seed);
        using var plain = CompactedSource.Producer(clusters.Source);
        using var transactional = CompactedSource.Producer(clusters.Source, config => config.TransactionalId = "compacted");
        transactional.InitTransactions(TimeSpan.FromSeconds(30));
        for (var round = 0; round < 60; round++)
        {
            transactional.BeginTransaction();
            for (var i = 0; i < 5; i++)
            {
                transactional.Produce(CompactedSource.Topic, CompactedSource.Update(random.Next(40), (round * 10) + i));
                await plain.ProduceAsync(CompactedSource.Topic, CompactedSource.Update(random.Next(40), (round * 10) + 5 + i));
            }

            if (round % 3 == 0)
                transactional.AbortTransaction(TimeSpan.FromSeconds(30));
            else
                transactional.CommitTransaction(TimeSpan.FromSeconds(30));
        }
    }

    // Until two looks see the same, and holes.
    private static async Task<IReadOnlyList<SeenRecord>> CompactedAsync(string broker)
    {
        var last = Witness.ReadAll(broker, CompactedSource.Topic, 0);
        for (var deadline = DateTime.UtcNow.AddSeconds(30); ; await Task.Delay(100))
        {
            var now = Witness.ReadAll(broker, CompactedSource.Topic, 0);
            if (now.Count < 200 && now.SequenceEqual(last))
                return now;
            Assert.True(DateTime.UtcNow < deadline, $"{now.Count} records are left: the broker does not compact");
            last = now;
        }
    }

    private static Task<long> EndAsync(string broker)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = broker, GroupId = "ends" }).SetLogHandler((_, _) => { }).Build();
        return Task.FromResult(consumer.QueryWatermarkOffsets(new TopicPartition(CompactedSource.Topic, 0), TimeSpan.FromSeconds(20)).High.Value);
    }
}
