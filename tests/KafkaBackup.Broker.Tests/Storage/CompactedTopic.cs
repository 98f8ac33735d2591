using System.Text;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>A record as compaction sees it; without a value it is a tombstone.</summary>
internal sealed record Keyed(string Key, string? Value, long Offset = -1, long Timestamp = Batches.Now);

/// <summary>A broker with a compacted topic, "t", that is compacted when a test says so.</summary>
internal static class CompactedTopic
{
    public static TestBroker Start(TimeProvider? time, params (string Name, string Value)[] configs)
    {
        var all = new Dictionary<string, string> { ["cleanup.policy"] = "compact", ["segment.bytes"] = "1000", ["min.cleanable.dirty.ratio"] = "0", ["retention.ms"] = "-1" };
        foreach (var (name, value) in configs)
            all[name] = value;
        return TestBroker.Start(options => options with { Topics = [new StartTopic("t") { Configs = all }] }, time);
    }

    public static byte[] Batch(BatchHeader template, IEnumerable<Keyed> records, CompressionType compression = CompressionType.None)
    {
        using var builder = new RecordBatchBuilder { Compression = compression };
        foreach (var record in records)
            builder.Add(record.Timestamp, Encoding.UTF8.GetBytes(record.Key), record.Value is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(record.Value), []);
        return builder.Build(template).ToArray();
    }

    public static Task PutAsync(this RawClient client, params Keyed[] records) => client.PutAsync(Batches.Plain, records);

    public static async Task PutAsync(this RawClient client, BatchHeader template, params Keyed[] records)
    {
        var produced = await client.ProduceAsync("t", Batch(template, records), template.IsTransactional ? "tx" : null);
        Assert.Equal(ErrorCode.None, produced.ErrorCode);
    }

    /// <summary>Closes the segment that is written to: a batch that fills one by itself begins another.</summary>
    public static Task RollAsync(this RawClient client, string key = "filler") => client.PutAsync(new Keyed(key, new string('x', 900)));

    /// <summary>Every batch of the log, as fetched.</summary>
    public static async Task<List<RecordBatch>> BatchesAsync(this RawClient client)
    {
        var batches = new List<RecordBatch>();
        var (offset, end) = ((await client.ListOffsetAsync("t", ListOffsetsPartition.Earliest)).Offset, await client.EndAsync("t"));
        while (offset < end)
        {
            var fetched = await client.FetchAsync("t", offset);
            Assert.Equal(ErrorCode.None, fetched.ErrorCode);
            var rest = fetched.Records!.Value;
            if (rest.IsEmpty)
                break;
            while (RecordBatch.TryTake(ref rest, out var batch))
            {
                Assert.True(batch.HasValidCrc);
                batches.Add(batch);
                offset = batch.Header.NextOffset;
            }
        }

        return batches;
    }

    /// <summary>Every record of the log, those of aborted transactions too, but no marker and no filler.</summary>
    public static async Task<List<Keyed>> RecordsAsync(this RawClient client) =>
        [.. (await client.BatchesAsync()).Where(b => !b.Header.IsControl).SelectMany(Read).Where(r => !r.Key.StartsWith("filler", StringComparison.Ordinal))];

    private static IEnumerable<Keyed> Read(RecordBatch batch)
    {
        using var buffer = new PooledBuffer();
        return [.. batch.ReadRecords(buffer).Select(r => new Keyed(Text(r.Key)!, Text(r.Value), r.Offset, r.Timestamp))];
    }

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? Encoding.UTF8.GetString(present.Span) : null;
}
