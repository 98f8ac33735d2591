using System.Collections.Concurrent;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using TopicPartition = KafkaBackup.Kafka.Administration.TopicPartition;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>Brokers that lead partitions of a topic "t" whose logs are batches of five records each, and fill an answer in the order of the request, as brokers do.</summary>
internal sealed class ScriptedLog : IAsyncDisposable
{
    public const int PerBatch = 5;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly List<ScriptedBroker> _brokers = [];
    private readonly Func<int, int> _leader;
    private readonly int _partitions;
    private readonly int _valueSize;

    /// <param name="brokers">How many.</param>
    /// <param name="partitions">How many.</param>
    /// <param name="leader">Which broker leads a partition, from 0; by default one after the other.</param>
    /// <param name="valueSize">Bytes of a record's value.</param>
    public ScriptedLog(int brokers, int partitions, Func<int, int>? leader = null, int valueSize = 200)
    {
        (_partitions, _leader, _valueSize) = (partitions, leader ?? (p => p % brokers), valueSize);
        for (var i = 0; i < brokers; i++)
        {
            var node = i;
            _brokers.Add(ScriptedBroker.Answering(request => Answer(node, request)));
        }
    }

    /// <summary>What is answered for a partition instead of its data; null: its data.</summary>
    public Func<int, long, FetchedPartition?> Instead { get; set; } = (_, _) => null;

    /// <summary>Every Fetch request with the broker that it went to.</summary>
    public ConcurrentQueue<(int Broker, FetchRequest Request)> Fetches { get; } = new();

    public IReadOnlyList<ScriptedBroker> Brokers => _brokers;

    public int BatchBytes => Batch(0).Length;

    public byte[] Batch(long offset) => Some.Batch(offset, PerBatch, valueSize: _valueSize);

    public byte[] Log(long end) => [.. Enumerable.Range(0, (int)(end / PerBatch)).SelectMany(i => Batch(i * PerBatch))];

    public async Task<IReadOnlyList<FetchedRange>> ReadAsync(
        IReadOnlyList<FetchAssignment> assignments, double giveUpAfter = 20, CancellationToken cancellation = default, params (string Name, string Value)[] properties)
    {
        await using var cluster = new ClusterClient(_brokers[0].Options(giveUpAfter, properties), TimeProvider.System, NullLogger<ClusterClient>.Instance);
        return await new FetchLane(cluster, null, NullLogger<FetchLane>.Instance).RunAsync(assignments, cancellation).WaitAsync(Soon, CancellationToken.None);
    }

    public static TopicPartition Partition(int partition) => new("t", partition);

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
            await broker.DisposeAsync();
    }

    private Response? Answer(int node, Request request)
    {
        switch (request)
        {
            case MetadataRequest:
                return new MetadataResponse
                {
                    Brokers = [.. _brokers.Select((b, i) => new BrokerMetadata { NodeId = i, Host = b.Address.Host, Port = b.Address.Port })],
                    Topics = [new TopicMetadata { Name = "t", Partitions = [.. Enumerable.Range(0, _partitions).Select(p => new PartitionMetadata { Partition = p, LeaderId = _leader(p) })] }],
                };
            case FetchRequest fetch:
                Fetches.Enqueue((node, fetch));
                return Fill(node, fetch);
            default:
                return null;
        }
    }

    private FetchResponse Fill(int node, FetchRequest fetch)
    {
        var left = fetch.MaxBytes;
        var isFirst = true;
        var answers = new List<FetchedPartition>();
        foreach (var asked in fetch.Topics.SelectMany(t => t.Partitions))
        {
            if (Instead(asked.Partition, asked.FetchOffset) is { } instead)
            {
                answers.Add(instead with { Partition = asked.Partition });
                continue;
            }

            if (_leader(asked.Partition) != node)
            {
                answers.Add(new FetchedPartition { Partition = asked.Partition, ErrorCode = ErrorCode.NotLeaderOrFollower });
                continue;
            }

            var records = new List<byte>();
            var room = Math.Min(left, asked.PartitionMaxBytes);
            for (var offset = asked.FetchOffset; ; offset += PerBatch)
            {
                var batch = Batch(offset);
                if (batch.Length > room - records.Count && !(isFirst && records.Count == 0))
                    break;
                records.AddRange(batch);
            }

            isFirst &= records.Count == 0;
            left = Math.Max(0, left - records.Count);
            answers.Add(new FetchedPartition { Partition = asked.Partition, Records = records.ToArray(), LastStableOffset = long.MaxValue, HighWatermark = long.MaxValue, AbortedTransactions = [] });
        }

        return new FetchResponse { Topics = [new FetchedTopic { Topic = "t", Partitions = answers }] };
    }
}
