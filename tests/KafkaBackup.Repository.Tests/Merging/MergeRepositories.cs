using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Repository.Tests.Retention;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>Repositories to merge: orders with two partitions, ten records of each in every epoch, in packs where asked for; users in the second epoch alone.</summary>
internal static class MergeRepositories
{
    public const int Records = 10;

    public static readonly MergePolicy All = new() { LeastSegments = 2, PackedSegmentBytes = 0 };

    public static async Task<BackupRepository> FillAsync(IObjectStore store, int epochs, bool packed = false)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        for (var epoch = 1; epoch <= epochs; epoch++)
            await AddAsync(repository, packed);
        return repository;
    }

    /// <summary>One more epoch.</summary>
    public static async Task<Epoch> AddAsync(BackupRepository repository, bool packed = false, long logStart = 0) =>
        await (await PrepareAsync(repository, await repository.LatestAsync(), packed, logStart))();

    /// <summary>Writes one more epoch up to its commit, which is left to be done.</summary>
    public static async Task<Func<Task<Epoch>>> PrepareAsync(BackupRepository repository, Epoch? parent, bool packed = false, long logStart = 0)
    {
        var sequence = (parent?.Sequence ?? 0) + 1;
        var from = (sequence - 1) * Records;
        PartitionToWrite[] partitions =
        [
            new("orders", 0, from, from + Records, SomeRecords.Batch(from, Records, sequence)),
            new("orders", 1, from, from + Records, SomeRecords.Batch(from, Records, sequence, 30)),
            .. sequence == 2 ? (PartitionToWrite[])[new("users", 0, 0, 5, SomeRecords.Batch(0, 5, 2))] : [],
        ];
        var backups = await SomeEpochs.PackAsync(repository.Store, sequence, SegmentPolicy.Default with { PackedSegmentBytes = packed ? 2_000 : 0 }, partitions);
        var topics = partitions.Zip(backups).GroupBy(p => p.First.Topic).ToList();
        var core = SomeEpochs.Core(parent, [.. topics.Select(topic => SomeEpochs.Topic(topic.Key, []) with { Partitions = [.. topic.Select(p => SomeEpochs.Of(p.Second, logStart))] })]);
        return () => repository.CommitAsync(
            core, topics.ToDictionary(topic => topic.Key, IReadOnlyList<SegmentReference> (topic) => [.. topic.SelectMany(p => p.Second.Segments)]), SomeEpochs.Run(sequence));
    }

    public static async Task<Merge?> MergeAsync(BackupRepository repository, string id = "1", MergePolicy? policy = null) =>
        await MergeHistory.MergeAsync(repository, await new Merger(repository).PlanAsync(policy ?? All), id);

    /// <summary>Every record of every epoch.</summary>
    public static async Task<List<string>> ContentsAsync(BackupRepository repository) =>
        await PruneRepositories.ContentsAsync(repository, await PruneRepositories.SequencesAsync(repository));

    /// <summary>A batch of an aborted, or of a committed, transaction.</summary>
    public static byte[] Transactional(long offset, int lastDelta, long producer) =>
        Some.Batch(offset, lastDelta, 50, producerId: producer, attributes: BatchAttributes.Transactional);
}
