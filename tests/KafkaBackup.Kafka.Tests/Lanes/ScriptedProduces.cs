using System.Collections.Concurrent;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The produce lane against a broker that says what a test wants it to say.</summary>
public abstract class ScriptedProduces
{
    protected static readonly TopicPartition Target = new("t", 0);
    protected static readonly ProducerIdentity Identity = new(77, 2, 100);

    /// <summary>Every batch goes as it lies.</summary>
    protected static readonly TransformPolicy Verbatim = new(1 << 20, CoalesceBelow: 0);

    private int _opened;

    protected ConcurrentQueue<ProduceRequest> Produced { get; } = new();

    protected ConcurrentQueue<Acknowledgement> Acknowledged { get; } = new();

    /// <summary>How often the stored batches were begun with.</summary>
    protected int Opened => _opened;

    protected static List<byte[]> Batches(int count) => [.. Enumerable.Range(0, count).Select(i => Some.Batch(50 + (2 * i), 2))];

    protected static ProduceResponse Acknowledge(long offset, ErrorCode code = ErrorCode.None, string? message = null) => new()
    {
        Topics = [new ProducedTopic { Topic = "t", Partitions = [new ProducedPartition { BaseOffset = offset, ErrorCode = code, ErrorMessage = message }] }],
    };

    private protected static ClusterClient Cluster(ScriptedBroker broker, double giveUpAfter = 20) => new(broker.Options(giveUpAfter), TimeProvider.System, NullLogger<ClusterClient>.Instance);

    private protected static Response? Describe(ScriptedBroker broker, Request request, long end) => request switch
    {
        MetadataRequest => new MetadataResponse
        {
            Brokers = [new BrokerMetadata { NodeId = 1, Host = broker.Address.Host, Port = broker.Address.Port }],
            Topics = [new TopicMetadata { Name = "t", Partitions = [new PartitionMetadata { Partition = 0, LeaderId = 1 }] }],
        },
        ListOffsetsRequest list => new ListOffsetsResponse
        {
            Topics = [new ListedOffsetsTopic
            {
                Topic = "t",
                Partitions = [new ListedOffsetsPartition { Offset = list.Topics[0].Partitions[0].Timestamp == ListOffsetsPartition.Earliest ? 0 : end }],
            }],
        },
        // The tail of a log that the restore itself has written so far.
        FetchRequest fetch when fetch.Topics[0].Partitions[0].FetchOffset is var last => new FetchResponse
        {
            Topics = [new FetchedTopic { Topic = "t", Partitions = [new FetchedPartition { Records = (ReadOnlyMemory<byte>)TargetTailTests.Tail(last, 77, 2, (int)(last - 101)) }] }],
        },
        _ => null,
    };

    protected BatchHeader Last => Some.Take(Produced.Last().Topics[0].Partitions[0].Records!.Value).Header;

    private protected async Task<ProducedRange> ProduceAsync(
        ScriptedBroker broker, List<byte[]> batches, double giveUpAfter = 20, CancellationToken cancellation = default)
    {
        await using var cluster = Cluster(broker, giveUpAfter);
        return await new PartitionProducer(cluster, null, NullLogger<PartitionProducer>.Instance)
            .RunAsync(Target, Identity, Verbatim, () => Stored(batches), Acknowledged.Enqueue, cancellation).WaitAsync(Eventually.Soon);
    }

    protected async IAsyncEnumerable<SourceBatch> Stored(List<byte[]> batches)
    {
        await Task.CompletedTask;
        Interlocked.Increment(ref _opened);
        foreach (var batch in batches)
            yield return new SourceBatch(Some.Take(batch), 0, long.MaxValue, []);
    }

    private protected ScriptedBroker Broker(long end, Func<int, ProduceResponse?> produce) => Broker(() => end, produce);

    private protected ScriptedBroker Broker(Func<long> end, Func<int, ProduceResponse?> produce)
    {
        var requests = -1;
        ScriptedBroker? broker = null;
        return broker = ScriptedBroker.Answering(request =>
        {
            if (request is not ProduceRequest produced)
                return Describe(broker!, request, end());
            Produced.Enqueue(produced);
            return produce(Interlocked.Increment(ref requests));
        });
    }
}
