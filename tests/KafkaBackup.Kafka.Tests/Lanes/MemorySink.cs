using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Record = KafkaBackup.Protocol.Records.Record;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>Keeps what a lane reads of one partition.</summary>
internal sealed class MemorySink : IFetchSink
{
    private readonly MemoryStream _bytes = new();

    /// <summary>All batches, as they came.</summary>
    public byte[] Bytes => _bytes.ToArray();

    public List<AbortedRange> Aborted { get; } = [];

    public int Appends { get; private set; }

    public ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellation)
    {
        Appends++;
        _bytes.Write(batches.Span);
        Aborted.AddRange(aborted);
        return ValueTask.CompletedTask;
    }

    public FetchAssignment Assign(TopicPartition partition, long from, long cut) => new(partition, from, cut, this);

    /// <summary>The records in [from, to) that a consumer sees, read committed.</summary>
    public List<Record> Records(long from, long to)
    {
        var records = new List<Record>();
        foreach (var batch in Some.Batches(Bytes).Where(b => new SourceBatch(b, from, to, Aborted).HoldsRecords()))
            records.AddRange(batch.ReadRecords(new PooledBuffer()).Where(r => r.Offset >= from && r.Offset < to));
        return records;
    }

    /// <summary>What was read, on its way to another cluster.</summary>
    public async IAsyncEnumerable<SourceBatch> AsSource(long from, long to)
    {
        await Task.CompletedTask;
        foreach (var batch in Some.Batches(Bytes))
            yield return new SourceBatch(batch, from, to, Aborted);
    }
}
