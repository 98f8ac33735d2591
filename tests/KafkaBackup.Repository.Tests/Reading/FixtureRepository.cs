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
    /// <param name="packed">Whether all but the largest lie in packs.</param>
    public static async Task<(BackupRepository Repository, Epoch Epoch)> MakeAsync(IObjectStore store, IEnumerable<FixtureLog> logs, SegmentPolicy policy, bool packed = false)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var written = logs.ToList();
        var backups = await SomeEpochs.PackAsync(store, 1, policy with { PackedSegmentBytes = packed ? 50_000 : 0, PackBytes = 100_000 }, [.. written.Select(ToWrite)]);
        var topics = written.Zip(backups).Select(p => SomeEpochs.Topic(p.First.Topic, []) with { Partitions = [SomeEpochs.Of(p.Second, p.First.Offsets.GetProperty("logStartOffset").GetInt64())] });
        return (repository, await repository.CommitAsync(
            SomeEpochs.Core(null, [.. topics]) with { Groups = [] }, written.Zip(backups).ToDictionary(p => p.First.Topic, p => p.Second.Segments), SomeEpochs.Run(1)));
    }

    /// <summary>What a read_committed consumer saw of a log: magic 0 has no time, which the listing's client calls 0.</summary>
    public static IReadOnlyList<FixtureRecord> Seen(FixtureLog log)
    {
        var end = log.Offsets.GetProperty("lastStableOffset").GetInt64();
        return [.. Fixtures.Records(log.Name, Fixtures.HasCommitted(log.Name))
            .Where(record => record.Offset < end)
            .Select(record => record.TimestampType == "NotAvailable" ? record with { Timestamp = -1 } : record)];
    }

    private static PartitionToWrite ToWrite(FixtureLog log)
    {
        var end = log.Offsets.GetProperty("lastStableOffset").GetInt64();
        var batches = new List<byte>();
        ReadOnlyMemory<byte> rest = log.LogFiles.SelectMany(File.ReadAllBytes).ToArray();
        while (RecordBatch.TryTake(ref rest, out var batch) && batch.Header.LastOffset < end)
            batches.AddRange(batch.Bytes.ToArray());
        var aborted = Directory.GetFiles(log.Path, "*.txnindex").SelectMany(file => TransactionIndex.Read(File.ReadAllBytes(file)).Ranges()).ToList();
        return new PartitionToWrite(log.Topic, log.Partition, 0, end, [.. batches], aborted);
    }
}
