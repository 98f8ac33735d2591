using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using Microsoft.Extensions.Time.Testing;

namespace KafkaBackup.Repository.Tests.Epochs;

/// <summary>Epochs to test with, made as a backup makes them.</summary>
internal static class SomeEpochs
{
    public static readonly DateTimeOffset Time = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static RunInfo Run(long sequence, string instance = "backup-1") => new(
        instance, $"run-{sequence}", Time.AddHours(sequence), Time.AddHours(sequence).AddMinutes(1), Time.AddHours(sequence).AddMinutes(2), "host-1", "kafka-backup 0.1.0");

    public static Task<BackupRepository> OpenAsync(IObjectStore store) =>
        BackupRepository.OpenOrCreateAsync(store, new FakeTimeProvider(Time), Guid.Parse("6f2d8f3e-8a43-4c33-9f53-0c9a9f3f1a11"));

    /// <summary>Writes batches for a partition of the next epoch.</summary>
    public static async Task<PartitionBackup> WriteAsync(
        IObjectStore store, long sequence, string topic, int partition, long from, long to, byte[] batches, AbortedRangeList? aborted = null, SegmentPolicy? policy = null, string lineage = "life-1")
    {
        await using var writer = new PartitionWriter(store, new PartitionPath(topic, lineage, $"run-{sequence}", partition), from, policy ?? Some.SmallSegments);
        await writer.AppendAsync(batches, aborted ?? []);
        return await writer.CompleteAsync(to);
    }

    /// <summary>Writes partitions of the next epoch at once, into packs.</summary>
    public static async Task<PartitionBackup[]> PackAsync(IObjectStore store, long sequence, SegmentPolicy policy, params PartitionToWrite[] partitions)
    {
        await using var packs = new SegmentPacks(store, $"run-{sequence}", 0, policy);
        var writers = new List<PartitionWriter>();
        foreach (var partition in partitions)
        {
            writers.Add(new PartitionWriter(store, new PartitionPath(partition.Topic, partition.Lineage, $"run-{sequence}", partition.Partition), partition.From, policy, packs));
            await writers[^1].AppendAsync(partition.Batches, partition.Aborted ?? []);
            await writers[^1].CloseAsync();
        }

        var backups = new List<PartitionBackup>();
        foreach (var (writer, partition) in writers.Zip(partitions))
        {
            backups.Add(await writer.CompleteAsync(partition.To));
            await writer.DisposeAsync();
        }

        return [.. backups];
    }

    public static PartitionEpoch Of(PartitionBackup backup, long logStart = 0) => new(
        backup.Partition, logStart, backup.From, backup.To, 4, backup.Batches, backup.Records, backup.Bytes, backup.MaxTimestamp, backup.Digest);

    public static TopicEpoch Topic(string name, PartitionBackup[] partitions, string lineage = "life-1", params PartitionGap[] gaps) => new(
        name,
        lineage,
        null,
        new Dictionary<string, string?> { ["retention.ms"] = "604800000", ["cleanup.policy"] = "delete" },
        1,
        [.. partitions.Select(partition => Of(partition))],
        gaps,
        []);

    public static EpochCore Core(Epoch? parent, params TopicEpoch[] topics) => new(
        (parent?.Sequence ?? 0) + 1,
        parent is null ? null : new EpochParent(parent.Sequence, parent.CoreHash),
        new ClusterIdentity("cluster-1"),
        topics,
        [new GroupEpoch("readers", [new GroupOffset("orders", 0, 3, 4, "", GroupOffsetState.Exact), new GroupOffset("orders", 1, 1, -1, "größe", GroupOffsetState.Moving)])]);

    public static IReadOnlyDictionary<string, IReadOnlyList<SegmentReference>> Added(params (string Topic, PartitionBackup[] Partitions)[] topics) =>
        topics.ToDictionary(topic => topic.Topic, topic => (IReadOnlyList<SegmentReference>)[.. topic.Partitions.SelectMany(partition => partition.Segments)]);

    /// <summary>One more epoch of one topic with one partition.</summary>
    public static async Task<Epoch> CommitAsync(
        BackupRepository repository, Epoch? parent, string topic, long from, long to, byte[] batches, string lineage = "life-1", SegmentPolicy? policy = null)
    {
        var sequence = (parent?.Sequence ?? 0) + 1;
        var backup = await WriteAsync(repository.Store, sequence, topic, 0, from, to, batches, policy: policy, lineage: lineage);
        return await repository.CommitAsync(Core(parent, Topic(topic, [backup], lineage)), Added((topic, [backup])), Run(sequence));
    }
}

/// <summary>What an epoch adds for a partition.</summary>
internal sealed record PartitionToWrite(
    string Topic, int Partition, long From, long To, byte[] Batches, IReadOnlyList<KafkaBackup.Protocol.Records.AbortedRange>? Aborted = null, string Lineage = "life-1");

/// <summary>Spares the tests a cast.</summary>
internal sealed class AbortedRangeList : List<KafkaBackup.Protocol.Records.AbortedRange>;
