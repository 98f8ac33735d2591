using Confluent.Kafka;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Interleaved transactions, committed, aborted and open, over two epochs: each epoch gives back exactly what was decided at its cut.</summary>
public sealed class TransactionRoundTripTests
{
    private static readonly TopicPartition[] Partitions = [new("ledger", 0), new("ledger", 1), new("notes", 0)];

    [Fact]
    public async Task Each_epoch_gives_back_what_a_read_committed_consumer_saw_at_its_cut_and_groups_go_on_at_the_next_decided_record()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "ledger", 2);
        await Topics.CreateAsync(clusters.Source.Address, "notes", 1);
        var random = new Random(TestSize.Seed);
        using var load = new TransactionalLoad(clusters.Source.Address, Partitions, random);

        load.Step(TestSize.Of(60, 600));
        load.EndAllButOne();
        load.Step(TestSize.Of(20, 200)); // decided transactions above the open one stay outside of the epoch
        var first = Seen(clusters.Source.Address);
        var groups = await CommitAsync(clusters.Source.Address, first, random);
        var backup = await clusters.BackupAsync();
        Assert.True(backup.Exit == 0, backup.Errors);

        load.EndAll(commit: random.Next(2) == 0);
        load.Step(TestSize.Of(40, 400));
        load.EndAll(commit: false);
        var second = Seen(clusters.Source.Address);
        backup = await clusters.BackupAsync();
        Assert.True(backup.Exit == 0, backup.Errors);
        Figures.Print($"seed {TestSize.Seed}: {load.Committed} transactions committed, {load.Aborted} aborted, one open at the first cut; "
            + $"{first.Values.Sum(r => r.Count)} and {second.Values.Sum(r => r.Count)} decided records; {groups.Count} groups");

        foreach (var (epoch, expected) in new[] { (1, first), (2, second) })
        {
            var restore = await clusters.RestoreAsync("--epoch", $"{epoch}", "--map", $"*=epoch-{epoch}-*");
            Assert.True(restore.Exit == 0, restore.Errors);
            foreach (var partition in Partitions)
            {
                var restored = Witness.ReadAll(clusters.Target.Address, $"epoch-{epoch}-{partition.Topic}", partition.Partition);
                Assert.Equal(expected[partition].Select(r => r.Content), restored.Select(r => r.Content));
            }

            foreach (var (group, offset) in groups)
            {
                var next = expected[offset.TopicPartition].Where(r => r.Offset >= offset.Offset).Select(r => r.Content);
                var seen = Witness.Continue(clusters.Target.Address, group, $"epoch-{epoch}-{offset.Topic}", offset.Partition);
                Assert.Equal(next, seen.Select(r => r.Content));
            }
        }

        Assert.Equal(0, (await clusters.VerifyAsync()).Exit);
    }

    private static Dictionary<TopicPartition, IReadOnlyList<SeenRecord>> Seen(string broker) =>
        Partitions.ToDictionary(p => p, p => Witness.ReadAll(broker, p.Topic, p.Partition));

    /// <summary>Groups wherever offsets can be: on records, on markers, on aborted records and at the end of what is decided.</summary>
    private static async Task<List<(string Group, TopicPartitionOffset Offset)>> CommitAsync(
        string broker, Dictionary<TopicPartition, IReadOnlyList<SeenRecord>> seen, Random random)
    {
        var groups = new List<(string, TopicPartitionOffset)>();
        foreach (var (partition, records) in seen)
        {
            var end = records[^1].Offset + 1;
            foreach (var offset in Enumerable.Range(0, 4).Select(_ => random.NextInt64(end)).Append(0).Append(end))
            {
                var group = $"{partition.Topic}-{partition.Partition.Value}-{groups.Count}";
                groups.Add((group, new TopicPartitionOffset(partition, offset)));
                await Witness.CommitAsync(broker, group, new TopicPartitionOffset(partition, offset));
            }
        }

        return groups;
    }
}
