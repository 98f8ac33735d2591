using System.Runtime.InteropServices;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Broker.Logs;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Appends batches.</summary>
internal sealed class ProduceHandler(BrokerCore broker) : Handler<ProduceRequest, ProduceResponse>
{
    /// <summary>The first version that may carry zstd.</summary>
    private const short ZstdSince = 7;

    public override ValueTask<Response?> HandleAsync(Request request, RequestContext context)
    {
        var produce = (ProduceRequest)request;
        var response = Handle(produce, context);
        return new(produce.Acks == 0 ? null : response);
    }

    protected override ProduceResponse Handle(ProduceRequest request, RequestContext context)
    {
        var refused = Refuse(request);
        return new ProduceResponse
        {
            Topics =
            [
                .. request.Topics.Select(topic => new ProducedTopic
                {
                    Topic = topic.Topic,
                    Partitions = [.. topic.Partitions.Select(p => Describe(p.Partition, refused ?? Append(topic.Topic, p, request.Acks, context.Version)))],
                }),
            ],
        };
    }

    // A request is refused as a whole where it claims a transaction without a transactional id, as by a broker's authorizer.
    private static AppendResult? Refuse(ProduceRequest request)
    {
        if (request.Acks is not (0 or 1 or -1))
            return AppendResult.Refused(ErrorCode.InvalidRequiredAcks, null, -1);
        var transactional = request.Topics.SelectMany(t => t.Partitions).Any(p => p.Records is { } records && IsTransactional(records.Span));
        return transactional && string.IsNullOrEmpty(request.TransactionalId)
            ? AppendResult.Refused(ErrorCode.TransactionalIdAuthorizationFailed, "a transactional batch in a request without a transactional id", -1)
            : null;
    }

    private AppendResult Append(string topic, ProducePartition partition, short acks, short version)
    {
        if (broker.CheckLeader(topic, partition.Partition, clientEpoch: -1, out var log) is var error and not ErrorCode.None)
            return AppendResult.Refused(error, null, -1);
        if (acks == -1 && log!.Placement.Replicas.Count(broker.Cluster.IsRegistered) < log.Settings.MinInSyncReplicas)
            return AppendResult.Refused(ErrorCode.NotEnoughReplicas, null, -1);
        if (partition.Records is not { IsEmpty: false } records)
            return AppendResult.Refused(ErrorCode.InvalidRecord, "a partition's records must be exactly one batch", -1);
        if (version < ZstdSince && IsZstd(records.Span))
            return AppendResult.Refused(ErrorCode.UnsupportedCompressionType, $"zstd needs Produce version {ZstdSince}", -1);
        try
        {
            // The frame is this request's alone, so its bytes may be changed where they lie.
            return log!.Append(MemoryMarshal.AsMemory(records), broker.NodeId);
        }
        catch (ObjectDisposedException)
        {
            return AppendResult.Refused(ErrorCode.UnknownTopicOrPartition, null, -1);
        }
    }

    private static ProducedPartition Describe(int partition, AppendResult result) => new()
    {
        Partition = partition,
        ErrorCode = result.Error,
        BaseOffset = result.BaseOffset,
        LogAppendTimeMs = result.AppendTime,
        LogStartOffset = result.Error == ErrorCode.None ? result.LogStart : -1,
        ErrorMessage = result.Message,
        RecordErrors = result.Record < 0 ? [] : [new RecordError { BatchIndex = result.Record }],
    };

    private static bool IsTransactional(ReadOnlySpan<byte> batch) => Header(batch) is { IsTransactional: true };

    private static bool IsZstd(ReadOnlySpan<byte> batch) => Header(batch) is { Compression: Protocol.Compression.CompressionType.Zstd };

    private static BatchHeader? Header(ReadOnlySpan<byte> batch)
    {
        try
        {
            return BatchHeader.TryRead(batch, out var header) ? header : null;
        }
        catch (InvalidBatchException)
        {
            return null;
        }
    }
}
