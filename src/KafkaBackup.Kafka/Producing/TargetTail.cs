using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Producing;

/// <summary>Looks at what a target partition's log ends with, before a restore goes on behind it.</summary>
internal static class TargetTail
{
    // The batch that holds the offset comes whole, however little is asked for.
    private const int AsLittleAsPossible = 1;

    /// <summary>
    /// Makes sure that the log's last batch is the restore's own. The number of records alone would not tell: a foreign writer's batch may
    /// end just where one of ours would, and a broker that has forgotten our producer id then takes whatever sequence comes next.
    /// </summary>
    /// <param name="connection">To the partition's leader.</param>
    /// <param name="target">The partition.</param>
    /// <param name="identity">Under which the restore writes.</param>
    /// <param name="found">Records that the log holds since the restore began.</param>
    /// <param name="cancellation">Stops the look.</param>
    /// <exception cref="ForeignWriterException">Somebody else wrote it.</exception>
    public static async Task CheckAsync(BrokerConnection connection, TopicPartition target, ProducerIdentity identity, long found, CancellationToken cancellation)
    {
        // What was there when the identity was taken was looked at then.
        if (found == identity.FirstRecord)
            return;
        var last = identity.TargetStart + found - 1;
        var request = new FetchRequest
        {
            MinBytes = 1,
            MaxWaitMs = (int)TimeSpan.FromSeconds(1).TotalMilliseconds,
            MaxBytes = AsLittleAsPossible,
            Topics = [new FetchTopic { Topic = target.Topic, Partitions = [new FetchPartition { Partition = target.Partition, FetchOffset = last, PartitionMaxBytes = AsLittleAsPossible }] }],
        };
        using var lease = await connection.SendAsync(request, cancellation);
        var fetched = lease.Response.Topics.SelectMany(t => t.Partitions).Single();
        if (fetched.ErrorCode != ErrorCode.None)
            throw new BrokerErrorException(fetched.ErrorCode, ApiKey.Fetch, target.ToString());
        var rest = fetched.Records.GetValueOrDefault();
        if (!BatchHeader.TryRead(rest.Span, out var header) || header.LastOffset != last)
            throw new ForeignWriterException(target, $"its log's end, offset {last}, is not the end of a batch that the restore wrote");
        var next = ProducerIdentity.SequenceOf(header.BaseSequence + (long)header.RecordCount);
        if (header.ProducerId != identity.ProducerId || header.ProducerEpoch != identity.ProducerEpoch || next != identity.SequenceAt(found))
            throw new ForeignWriterException(target, $"the batch of offsets {header.BaseOffset} to {last} was written by producer {header.ProducerId}, not by {identity.ProducerId}, or out of its order");
    }
}
