using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Producing;

/// <summary>One pass over the source, from the end of the target's log on.</summary>
internal sealed class ProduceAttempt(
    ClusterClient cluster, RateLimit? rateLimit, ThrottleTime? throttled, TopicPartition target, ProducerIdentity identity, TransformPolicy policy, Action<Acknowledgement> acknowledged)
{
    private static readonly TimeSpan AcknowledgeTimeout = TimeSpan.FromSeconds(30);

    private readonly Queue<(Task<ResponseLease<ProduceResponse>> Answer, long First, int Count, int Bytes)> _inFlight = new();
    private readonly OffsetMap _map = new(identity.TargetStart);
    private long _records;
    private long _bytes;
    private long _sent;

    public async Task<ProducedRange> RunAsync(IAsyncEnumerable<SourceBatch> source, bool refresh, CancellationToken cancellation)
    {
        var leader = await cluster.LeaderAsync(target.Topic, target.Partition, refresh, cancellation);
        await using var connection = await cluster.OpenAsync(leader, cancellation, throttled);
        var found = await FindAsync(cancellation);
        await TargetTail.CheckAsync(connection, target, identity, found, cancellation);
        acknowledged(new Acknowledgement(found, 0));
        using var transformer = new BatchTransformer(policy);
        await using (var batches = new BatchesAhead(source, transformer, cancellation))
        {
            while (await NextAsync(batches))
            {
                using var batch = batches.Take();
                await SendAsync(connection, batch, found, cancellation);
            }
        }

        while (_inFlight.Count > 0)
            await AcknowledgeAsync();
        if (found > _records)
            throw new ForeignWriterException(target, $"its log holds {found} records where {_records} are restored");
        return new ProducedRange(_map, _bytes, _sent, _records - _sent, transformer.BrokerTimestamps);
    }

    private async ValueTask<bool> NextAsync(BatchesAhead batches)
    {
        var next = batches.WaitAsync();
        if (next.IsCompleted)
            return await next;
        var waiting = next.AsTask();
        await AcknowledgeUntilAsync(waiting);
        return await waiting;
    }

    /// <summary>How many restored records the target's log holds.</summary>
    private async Task<long> FindAsync(CancellationToken cancellation)
    {
        var bounds = (await new LogOffsets(cluster).ReadAsync([target], IsolationLevel.ReadUncommitted, cancellation))[target];
        var start = identity.TargetStart + identity.FirstRecord;
        return bounds.End >= start
            ? bounds.End - identity.TargetStart
            : throw new ForeignWriterException(target, $"its log ends at {bounds.End}, before {start}, which the restore had reached");
    }

    private async Task SendAsync(BrokerConnection connection, OutgoingBatch batch, long found, CancellationToken cancellation)
    {
        var first = _records;
        foreach (var (source, count) in batch.Runs)
            _map.Add(source, count);
        _records += batch.RecordCount;
        if (_records <= found)
            return;
        if (first < found)
            throw new ForeignWriterException(target, $"its log ends inside a batch that the restore writes whole, after {found} records");

        if (BatchHeader.TryRead(batch.Bytes.Span, out var header) && header.Compression == CompressionType.Zstd)
            connection.Capabilities.Require(Capability.ProduceZstd, $"{target} gets batches compressed with zstd, and writing them");
        identity.Stamp(batch.Bytes.Span, first);
        while (_inFlight.Count >= Math.Min(cluster.Options.MaxInFlight, connection.Capabilities.MaxInFlight))
            await AcknowledgeAsync();
        if (rateLimit is { } limit)
            await AcknowledgeUntilAsync(limit.PayAsync(batch.Bytes.Length, cancellation).AsTask());
        while (_inFlight.TryPeek(out var oldest) && oldest.Answer.IsCompleted)
            await AcknowledgeAsync();
        cancellation.ThrowIfCancellationRequested();
        _inFlight.Enqueue((await connection.BeginAsync(RequestFor(batch.Bytes.Memory), cancellation), first, batch.RecordCount, batch.Bytes.Length));
        _bytes += batch.Bytes.Length;
        _sent += batch.RecordCount;
    }

    /// <summary>Waits for something else, and takes the answers that come meanwhile: whoever is told of them is not told late.</summary>
    private async Task AcknowledgeUntilAsync(Task other)
    {
        while (!other.IsCompleted && _inFlight.TryPeek(out var oldest))
        {
            if (await Task.WhenAny(other, oldest.Answer) == oldest.Answer)
                await AcknowledgeAsync();
        }

        await other;
    }

    private async Task AcknowledgeAsync()
    {
        var (answer, first, count, bytes) = _inFlight.Dequeue();
        using var lease = await answer;
        var produced = lease.Response.Topics.SelectMany(t => t.Partitions).Single();
        if (produced.ErrorCode.Rule().Remedy == ErrorRemedy.NewProducerId)
            throw new ForgottenProducerException(target, identity);
        if (produced.ErrorCode != ErrorCode.None)
            throw new BrokerErrorException(produced.ErrorCode, ApiKey.Produce, target.ToString(), produced.ErrorMessage);
        var expected = identity.TargetStart + first;
        if (produced.BaseOffset != expected)
            throw new ForeignWriterException(target, $"records {first} to {first + count - 1} got offset {produced.BaseOffset}, not {expected}");
        acknowledged(new Acknowledgement(first + count, bytes));
    }

    private ProduceRequest RequestFor(ReadOnlyMemory<byte> batch) => new()
    {
        TimeoutMs = (int)AcknowledgeTimeout.TotalMilliseconds,
        Topics = [new ProduceTopic { Topic = target.Topic, Partitions = [new ProducePartition { Partition = target.Partition, Records = batch }] }],
    };
}
