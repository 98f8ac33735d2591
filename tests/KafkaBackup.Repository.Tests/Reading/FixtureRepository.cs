using System.Security.Cryptography;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Indexes;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Testing;

namespace KafkaBackup.Repository.Tests.Reading;

/// <summary>Repositories of logs that a real broker wrote, up to their last stable offsets, and what a consumer of that broker saw.</summary>
internal static class FixtureRepository
{
    /// <summary>One epoch with one topic per log, each with the partition that the log is of.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="logs">The logs; no two of one topic.</param>
    /// <param name="policy">How segments are cut.</param>
    /// <param name="arrange">Moves a topic's segments to where they are to lie.</param>
    public static async Task<(BackupRepository Repository, Epoch Epoch)> MakeAsync(
        IObjectStore store, IEnumerable<FixtureLog> logs, SegmentPolicy policy, Func<IObjectStore, IReadOnlyList<SegmentReference>, Task<IReadOnlyList<SegmentReference>>>? arrange = null)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var topics = new List<TopicEpoch>();
        var added = new Dictionary<string, IReadOnlyList<SegmentReference>>();
        foreach (var log in logs)
        {
            var backup = await WriteAsync(store, log, policy);
            topics.Add(SomeEpochs.Topic(log.Topic, []) with { Partitions = [SomeEpochs.Of(backup, log.Offsets.GetProperty("logStartOffset").GetInt64())] });
            added[log.Topic] = arrange is null ? backup.Segments : await arrange(store, backup.Segments);
        }

        return (repository, await repository.CommitAsync(SomeEpochs.Core(null, [.. topics]) with { Groups = [] }, added, SomeEpochs.Run(1)));
    }

    /// <summary>What a read_committed consumer saw of a log: magic 0 has no time, which the listing's client calls 0.</summary>
    public static IReadOnlyList<FixtureRecord> Seen(FixtureLog log)
    {
        var end = log.Offsets.GetProperty("lastStableOffset").GetInt64();
        return [.. Fixtures.Records(log.Name, Fixtures.HasCommitted(log.Name))
            .Where(record => record.Offset < end)
            .Select(record => record.TimestampType == "NotAvailable" ? record with { Timestamp = -1 } : record)];
    }

    /// <summary>Puts all segments into one object, one behind the other, with bytes of others between them.</summary>
    public static async Task<IReadOnlyList<SegmentReference>> PackAsync(IObjectStore store, IReadOnlyList<SegmentReference> segments)
    {
        using var pack = new MemoryStream();
        var packed = new List<SegmentReference>();
        var name = $"packs/run-1/{Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(segments.FirstOrDefault()?.Object ?? "")))[..8]}";
        foreach (var segment in segments)
        {
            pack.Write(RandomNumberGenerator.GetBytes(77));
            packed.Add(segment with { Object = name, Offset = pack.Length });
            pack.Write(await Encryption.SomeKeys.ReadAsync(store, segment.Object));
            foreach (var extension in (string[])[".log", ".index", ".timeindex", ".txnindex"])
                await store.DeleteAsync(SegmentFiles.Beside(segment.Object, extension));
        }

        pack.Write(RandomNumberGenerator.GetBytes(77));
        await store.CreateAsync(name, pack.ToArray());
        return packed;
    }

    private static async Task<PartitionBackup> WriteAsync(IObjectStore store, FixtureLog log, SegmentPolicy policy)
    {
        var end = log.Offsets.GetProperty("lastStableOffset").GetInt64();
        await using var writer = new PartitionWriter(store, new PartitionPath(log.Topic, "life-1", "run-1", log.Partition), 0, policy);
        var aborted = Directory.GetFiles(log.Path, "*.txnindex").SelectMany(file => TransactionIndex.Read(File.ReadAllBytes(file)).Ranges()).ToList();
        ReadOnlyMemory<byte> rest = log.LogFiles.SelectMany(File.ReadAllBytes).ToArray();
        while (RecordBatch.TryTake(ref rest, out var batch) && batch.Header.LastOffset < end)
            await writer.AppendAsync(batch.Bytes, aborted);
        return await writer.CompleteAsync(end);
    }
}
