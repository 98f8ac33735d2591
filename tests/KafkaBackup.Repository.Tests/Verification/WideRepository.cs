using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using Microsoft.Extensions.Time.Testing;

namespace KafkaBackup.Repository.Tests.Verification;

/// <summary>A repository with many partitions: five epochs, of which the first is pruned; each adds to every partition, two segments to some of them.</summary>
internal static class WideRepository
{
    public const int Epochs = 5;

    /// <param name="store">Where to.</param>
    /// <param name="packed">Whether segments lie in packs, several for each epoch.</param>
    /// <param name="topics">How many topics; each has three partitions.</param>
    /// <param name="packBytes">The size of a pack.</param>
    public static async Task FillAsync(IObjectStore store, bool packed, int topics = 4, long packBytes = 3_000)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var policy = new SegmentPolicy(700, 200) { PackedSegmentBytes = packed ? 600 : 0, PackBytes = packBytes };
        Epoch? parent = null;
        for (var epoch = 1; epoch <= Epochs; epoch++)
        {
            var from = (epoch - 1) * 30L;
            PartitionToWrite[] partitions = [.. Enumerable.Range(0, topics * 3).Select(i => new PartitionToWrite(
                $"topic-{i / 3:D3}", i % 3, from, from + 30, [.. Some.Batch(from, 9, 300 + i), .. Some.Batch(from + 10, 9, i % 3 == 0 ? 350 : 40)]))];
            var backups = await SomeEpochs.PackAsync(store, epoch, policy, partitions);
            var byTopic = partitions.Zip(backups).GroupBy(p => p.First.Topic).ToList();
            parent = await repository.CommitAsync(
                SomeEpochs.Core(parent, [.. byTopic.Select(topic => SomeEpochs.Topic(topic.Key, [.. topic.Select(p => p.Second)]))]),
                SomeEpochs.Added([.. byTopic.Select(topic => (topic.Key, topic.Select(p => p.Second).ToArray()))]),
                SomeEpochs.Run(epoch));
        }

        var pruner = new Pruner(repository, new FakeTimeProvider(SomeEpochs.Time.AddDays(1)));
        var begun = (await pruner.BeginAsync(await pruner.PlanAsync(new RetentionPolicy { KeepLast = Epochs - 1 })))!;
        await pruner.RemoveEpochsAsync(begun);
        await pruner.DeleteObjectsAsync(begun);
    }
}
