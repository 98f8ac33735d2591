using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Indexes;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing;
using Microsoft.Extensions.Time.Testing;

namespace KafkaBackup.Repository.Tests.Epochs;

/// <summary>A repository of a real broker's logs, which lies beside the tests as version 1 wrote it and is never written again.</summary>
internal static class GoldenRepository
{
    /// <summary>Where transactions are cut into two epochs: between two batches.</summary>
    public const long Cut = 222;

    /// <summary>Where the compacted topic is cut in the repository with packs.</summary>
    public const long PackedCut = 52;

    /// <summary>Small enough for several segments, of which those of one large batch stand alone.</summary>
    private static readonly SegmentPolicy PackedPolicy = new(2000, 1000) { PackedSegmentBytes = 2000 };

    public static string Folder { get; } = ProjectTree.PathOf("tests", "KafkaBackup.Repository.Tests", "Golden", "v1");

    /// <summary>The repository with packs.</summary>
    public static string PackedFolder { get; } = ProjectTree.PathOf("tests", "KafkaBackup.Repository.Tests", "Golden", "v2");

    /// <summary>The repository with a merge.</summary>
    public static string MergedFolder { get; } = ProjectTree.PathOf("tests", "KafkaBackup.Repository.Tests", "Golden", "v3");

    /// <summary>Makes the same repository again.</summary>
    public static async Task FillAsync(IObjectStore store)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var transactions = await WriteAsync(store, 1, "fx-txn-0", 0, Cut);
        var compacted = await WriteAsync(store, 1, "fx-compact-tail-0", 0, long.MaxValue);
        var empty = await WriteAsync(store, 1, "fx-empty-0", 0, 0);
        var first = await repository.CommitAsync(
            SomeEpochs.Core(
                null,
                SomeEpochs.Topic("fx-txn", [transactions], "8XTmWcFkQ1e1yHfQ3vYkZg") with { TopicId = "8XTmWcFkQ1e1yHfQ3vYkZg" },
                SomeEpochs.Topic("fx-compact-tail", [compacted]) with { Notes = [new TopicNote("compacted-while-read", 0, 52, 96, "Keys may be older than the cut.")] },
                SomeEpochs.Topic("fx-empty", [empty])),
            SomeEpochs.Added(("fx-txn", [transactions]), ("fx-compact-tail", [compacted])),
            SomeEpochs.Run(1));

        transactions = await WriteAsync(store, 2, "fx-txn-0", Cut, long.MaxValue);
        await repository.CommitAsync(
            SomeEpochs.Core(first, SomeEpochs.Topic("fx-txn", [transactions], "8XTmWcFkQ1e1yHfQ3vYkZg", new PartitionGap(0, 224, 226, "retention"))),
            SomeEpochs.Added(("fx-txn", [transactions])),
            SomeEpochs.Run(2));
    }

    /// <summary>The same logs as version 2 has them: a repository of version 1 that was gone on with, whose second epoch lies in packs, as most segments do.</summary>
    public static async Task FillPackedAsync(IObjectStore store)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var transactions = await WriteAsync(store, 1, "fx-txn-0", 0, Cut);
        var compacted = await WriteAsync(store, 1, "fx-compact-tail-0", 0, PackedCut);
        var first = await CommitAsync(repository, null, transactions, compacted);

        await using var packs = new SegmentPacks(store, "run-2", 0, PackedPolicy);
        await using var one = await AppendAsync(store, 2, "fx-txn-0", Cut, long.MaxValue, packs);
        await using var other = await AppendAsync(store, 2, "fx-compact-tail-0", PackedCut, long.MaxValue, packs);
        await one.CloseAsync();
        await other.CloseAsync();
        await CommitAsync(repository, first, await one.CompleteAsync(one.NextOffset), await other.CompleteAsync(other.NextOffset));
    }

    /// <summary>
    /// The same logs as version 3 has them: that of version 2, merged into segments of half a topic or so, and one more epoch on top; what was replaced is removed.
    /// </summary>
    public static async Task FillMergedAsync(IObjectStore store)
    {
        await FillPackedAsync(store);
        var repository = await SomeEpochs.OpenAsync(store);
        var merger = new Merger(repository);
        var plan = await merger.PlanAsync(new MergePolicy { LeastSegments = 2, SegmentBytes = 16_000, IndexIntervalBytes = 1_000, PackedSegmentBytes = 0 });
        var merged = await merger.MergeAsync(plan, plan.Lineages, "merge-1", MergeShare.Whole);
        await merger.CommitAsync(plan, merged, new MergeRun("merge-1", "merge-1", SomeEpochs.Time.AddHours(4), SomeEpochs.Time.AddHours(5), "host-1", "kafka-backup 0.1.0"));

        var latest = (await repository.LatestAsync())!;
        var added = new List<PartitionBackup>();
        foreach (var topic in latest.Core.Topics)
        {
            var to = topic.Partitions[0].To;
            added.Add(await SomeEpochs.WriteAsync(store, 3, topic.Name, 0, to, to + 10, Some.Batch(to, 9, 100), lineage: topic.Lineage));
        }

        await repository.CommitAsync(
            SomeEpochs.Core(latest, [.. latest.Core.Topics.Zip(added, (topic, backup) => SomeEpochs.Topic(topic.Name, [backup], topic.Lineage) with { TopicId = topic.TopicId })]),
            SomeEpochs.Added([.. latest.Core.Topics.Zip(added, (topic, backup) => (topic.Name, (PartitionBackup[])[backup]))]),
            SomeEpochs.Run(3));
        var pruner = new Pruner(repository, new FakeTimeProvider(SomeEpochs.Time.AddDays(1)));
        await pruner.DeleteObjectsAsync((await pruner.BeginAsync(await pruner.PlanAsync(new RetentionPolicy { KeepLast = 3 })))!);
    }

    private static Task<Epoch> CommitAsync(BackupRepository repository, Epoch? parent, PartitionBackup transactions, PartitionBackup compacted) => repository.CommitAsync(
        SomeEpochs.Core(
            parent,
            SomeEpochs.Topic("fx-txn", [transactions], "8XTmWcFkQ1e1yHfQ3vYkZg") with { TopicId = "8XTmWcFkQ1e1yHfQ3vYkZg" },
            SomeEpochs.Topic("fx-compact-tail", [compacted])),
        SomeEpochs.Added(("fx-txn", [transactions]), ("fx-compact-tail", [compacted])),
        SomeEpochs.Run(parent is null ? 1 : 2));

    private static async Task<PartitionBackup> WriteAsync(IObjectStore store, long sequence, string name, long from, long to)
    {
        await using var writer = await AppendAsync(store, sequence, name, from, to, null);
        return await writer.CompleteAsync(to == long.MaxValue ? writer.NextOffset : to);
    }

    private static async Task<PartitionWriter> AppendAsync(IObjectStore store, long sequence, string name, long from, long to, SegmentPacks? packs)
    {
        var log = FixtureLog.Of(name);
        var aborted = log.LogFiles.Select(file => Path.ChangeExtension(file, ".txnindex")).Where(File.Exists)
            .SelectMany(file => TransactionIndex.Read(File.ReadAllBytes(file)).Ranges());
        var batches = PlainReader.Batches([.. log.LogFiles.SelectMany(File.ReadAllBytes)]).Where(batch => batch.Last >= from && batch.Last < to).ToList();
        var lineage = log.Topic == "fx-txn" ? "8XTmWcFkQ1e1yHfQ3vYkZg" : "life-1";
        var writer = new PartitionWriter(store, new PartitionPath(log.Topic, lineage, $"run-{sequence}", 0), from, packs is null ? new SegmentPolicy(8000, 1000) : PackedPolicy, packs);
        await writer.AppendAsync(Some.Join(batches.Select(batch => batch.Bytes)), [.. aborted]);
        return writer;
    }
}
