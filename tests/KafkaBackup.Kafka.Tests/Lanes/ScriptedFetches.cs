using System.Collections.Concurrent;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>The fetch lane against a broker that says what a test wants it to say.</summary>
public abstract class ScriptedFetches
{
    protected static readonly TopicPartition First = new("t", 0);
    protected static readonly TopicPartition Second = new("t", 1);
    private int _metadataRequests;

    /// <summary>Every Fetch request, in order.</summary>
    protected ConcurrentQueue<FetchRequest> Fetches { get; } = new();

    /// <summary>How often it was asked who leads.</summary>
    protected int MetadataRequests => _metadataRequests;

    protected static FetchedPartition Data(byte[] records) => new() { Records = records, LastStableOffset = 1_000, HighWatermark = 1_000, AbortedTransactions = [] };

    protected static FetchedPartition Nothing(long stable) => new() { Records = ReadOnlyMemory<byte>.Empty, LastStableOffset = stable, HighWatermark = stable };

    private protected static async Task<IReadOnlyList<FetchedRange>> FetchAsync(
        ScriptedBroker broker, IReadOnlyList<FetchAssignment> assignments, double giveUpAfter = 20, TimeProvider? time = null, RateLimit? limit = null,
        CancellationToken cancellation = default)
    {
        await using var cluster = new ClusterClient(broker.Options(giveUpAfter), time ?? TimeProvider.System, NullLogger<ClusterClient>.Instance);
        return await new FetchLane(cluster, limit, NullLogger<FetchLane>.Instance).RunAsync(assignments, cancellation).WaitAsync(Eventually.Soon);
    }

    /// <summary>Two partitions of one topic, and what a fetch from an offset brings; null ends the connection.</summary>
    private protected ScriptedBroker Broker(Func<int, long, FetchedPartition?> fetch, long start = 0, long end = 1_000, int throttleMs = 0)
    {
        ScriptedBroker? broker = null;
        return broker = ScriptedBroker.Answering(request =>
        {
            switch (request)
            {
                case MetadataRequest:
                    Interlocked.Increment(ref _metadataRequests);
                    return new MetadataResponse
                    {
                        Brokers = [new BrokerMetadata { NodeId = 1, Host = broker!.Address.Host, Port = broker.Address.Port }],
                        Topics = [new TopicMetadata { Name = "t", Partitions = [new PartitionMetadata { Partition = 0, LeaderId = 1 }, new PartitionMetadata { Partition = 1, LeaderId = 1 }] }],
                    };
                case ListOffsetsRequest list:
                    return new ListOffsetsResponse
                    {
                        Topics = [new ListedOffsetsTopic
                        {
                            Topic = "t",
                            Partitions = [.. list.Topics[0].Partitions.Select(p => new ListedOffsetsPartition
                            {
                                Partition = p.Partition,
                                Offset = p.Timestamp == ListOffsetsPartition.Earliest ? start : end,
                            })],
                        }],
                    };
                case FetchRequest f:
                    Fetches.Enqueue(f);
                    var fetched = new List<FetchedPartition>();
                    foreach (var partition in f.Topics.SelectMany(t => t.Partitions))
                    {
                        if (fetch(partition.Partition, partition.FetchOffset) is not { } answer)
                            return null;
                        fetched.Add(answer with { Partition = partition.Partition });
                    }

                    return new FetchResponse { ThrottleTimeMs = throttleMs, Topics = [new FetchedTopic { Topic = "t", Partitions = fetched }] };
                default:
                    return null;
            }
        });
    }
}
