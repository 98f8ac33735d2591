using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Reading;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Reading;

namespace KafkaBackup.Repository.Tests.Retention;

/// <summary>
/// Repositories to prune. Six epochs: orders-0 in all but the second, with a log start that goes up; orders-1 that hardly moves; users only in the second, and carried over
/// since; customers in the third as another topic of that name than in the first.
/// </summary>
internal static class PruneRepositories
{
    public const int Epochs = 6;

    private static readonly long[] LogStarts = [0, 0, 0, 10, 20, 40];

    public static async Task<BackupRepository> FillAsync(IObjectStore store, bool packed)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var policy = new SegmentPolicy(900, 100) { PackedSegmentBytes = packed ? 600 : 0, PackBytes = 1_500 };
        Epoch? parent = null;
        var orders = 0L;
        for (var epoch = 1; epoch <= Epochs; epoch++)
        {
            PartitionToWrite[] partitions = epoch switch
            {
                2 => [new("users", 0, 0, 30, SomeRecords.Batch(0, 30, 2))],
                1 or 3 => [new("customers", 0, 0, 5, SomeRecords.Batch(0, 5, 9), null, $"life-{epoch}"), .. Orders(epoch)],
                _ => [.. Orders(epoch)],
            };
            var backups = await SomeEpochs.PackAsync(store, epoch, policy, partitions);
            var topics = partitions.Zip(backups).GroupBy(p => (p.First.Topic, p.First.Lineage)).ToList();
            parent = await repository.CommitAsync(
                SomeEpochs.Core(parent, [.. topics.Select(topic => SomeEpochs.Topic(topic.Key.Topic, [], topic.Key.Lineage) with
                {
                    Partitions = [.. topic.Select(p => SomeEpochs.Of(p.Second, p.First is { Topic: "orders", Partition: 0 } ? LogStarts[epoch - 1] : 0))],
                })]),
                topics.ToDictionary(topic => topic.Key.Topic, IReadOnlyList<SegmentReference> (topic) => [.. topic.SelectMany(p => p.Second.Segments)]),
                SomeEpochs.Run(epoch));
            orders += epoch == 2 ? 0 : 10;
        }

        return repository;

        IEnumerable<PartitionToWrite> Orders(int epoch) =>
        [
            new("orders", 0, orders, orders + 10, SomeRecords.Batch(orders, 10, epoch, 20)),
            new("orders", 1, Math.Min(orders, 10), epoch == 1 ? 10 : Math.Min(orders, 10), epoch == 1 ? SomeRecords.Batch(0, 10, epoch) : []),
        ];
    }

    /// <summary>Every record of epochs.</summary>
    public static async Task<List<string>> ContentsAsync(BackupRepository repository, IReadOnlyList<long> epochs)
    {
        var contents = new List<string>();
        foreach (var sequence in epochs)
        {
            var epoch = await repository.ReadEpochAsync(sequence);
            foreach (var topic in epoch.Core.Topics)
            {
                await foreach (var record in new RecordReader(repository, epoch).ReadAsync(topic.Name, new RecordQuery()))
                    contents.Add($"{sequence} {topic.Name}-{record.Partition} {record.Record.Offset} {record.Record.Timestamp} {record.Record.Value?.Length}");
            }
        }

        return contents;
    }

    /// <summary>What the manifests that are there lead to, found in the simplest way: every name, epoch by epoch.</summary>
    public static async Task<List<string>> NeededAsync(BackupRepository repository)
    {
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var sequence in await SequencesAsync(repository))
        {
            var epoch = await repository.ReadEpochAsync(sequence);
            foreach (var (journal, lists) in epoch.Lists)
            {
                var held = (await repository.ReadCoreAsync(lists.Epoch)).Topics.Single(topic => $"{topic.Name}/{topic.Lineage}" == journal);
                foreach (var hash in lists.Lists)
                {
                    needed.Add($"lists/{hash}.json");
                    foreach (var segment in (await repository.ReadListAsync(hash, default)).Single(j => $"{j.Topic}/{j.Lineage}" == journal).Segments)
                    {
                        if (segment.To > held.Partitions.Single(p => p.Partition == segment.Partition).LogStart)
                            needed.UnionWith(segment.IsPacked ? [segment.Object] : [segment.Object, segment.Object[..^4] + ".index", segment.Object[..^4] + ".timeindex"]);
                    }
                }
            }
        }

        return [.. needed];
    }

    /// <summary>The lists, segments, indexes and packs that are there.</summary>
    public static async Task<List<string>> DataAsync(IObjectStore store) =>
        [.. (await SomeKeys.ListAsync(store, "lists/")).Concat(await SomeKeys.ListAsync(store, "packs/")).Concat(await SomeKeys.ListAsync(store, "topics/")).Order(StringComparer.Ordinal)];

    public static async Task<List<long>> SequencesAsync(BackupRepository repository)
    {
        var sequences = new List<long>();
        await foreach (var entry in repository.ListEpochsAsync())
            sequences.Add(entry.Sequence);
        return sequences;
    }
}
