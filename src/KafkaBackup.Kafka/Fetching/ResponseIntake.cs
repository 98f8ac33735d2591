using System.Runtime.ExceptionServices;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>What one answer means for each partition that was asked for.</summary>
internal sealed class ResponseIntake(IReadOnlyList<PartitionFetch> asked, FetchResponse response)
{
    private readonly List<PartitionFetch> _served = [];

    /// <summary>What is to be written, in the order of the answer.</summary>
    public List<(PartitionFetch Partition, ResponseScan Scan)> Accepted { get; } = [];

    /// <summary>Those that are read to their ends.</summary>
    public List<PartitionFetch> Ended { get; } = [];

    /// <summary>Those that can't be read here and now; one's trouble is not the others'.</summary>
    public List<(PartitionFetch Partition, ClusterException Trouble)> Troubled { get; } = [];

    /// <summary>What ends the run, once what was accepted is written.</summary>
    public ExceptionDispatchInfo? Failure { get; private set; }

    /// <summary>Moves every partition on by what the answer brings.</summary>
    public void Take(BrokerCapabilities capabilities)
    {
        if (response.ErrorCode != ErrorCode.None)
        {
            Troubled.AddRange(asked.Select(p => (p, (ClusterException)new BrokerErrorException(response.ErrorCode, ApiKey.Fetch, p.Partition.ToString()))));
            return;
        }

        var answers = response.Topics.SelectMany(t => t.Partitions.Select(p => (Partition: new TopicPartition(t.Topic, p.Partition), Fetched: p)))
            .DistinctBy(a => a.Partition).ToDictionary(a => a.Partition, a => a.Fetched);
        // The broker fills the answer in order: who stands before the first that it gave something had its chance.
        var hasChance = true;
        foreach (var partition in asked)
        {
            if (!answers.TryGetValue(partition.Partition, out var fetched))
                continue;
            try
            {
                Take(partition, fetched, hasChance, capabilities);
            }
            catch (ClusterException e) when (e.IsTransient || e.Remedy == ErrorRemedy.CheckPosition)
            {
                Troubled.Add((partition, e));
            }
            catch (ClusterException e)
            {
                Failure ??= ExceptionDispatchInfo.Capture(e);
            }

            hasChance &= fetched.Records is not { Length: > 0 };
            if (partition.End is not null)
                Ended.Add(partition);
        }
    }

    /// <summary>
    /// Who is left: those first that were given nothing, then those that were, from the last, which got what room was left. In their old
    /// order the same ones would get the rest in every round.
    /// </summary>
    public List<PartitionFetch> Requeue(IReadOnlyList<PartitionFetch> queue)
    {
        var done = Troubled.Select(t => t.Partition).Concat(Ended).Concat(_served).ToHashSet();
        return [.. queue.Where(p => !done.Contains(p)), .. _served.Where(p => p.End is null).Reverse()];
    }

    private void Take(PartitionFetch partition, FetchedPartition fetched, bool hasChance, BrokerCapabilities capabilities)
    {
        if (fetched.ErrorCode == ErrorCode.UnsupportedCompressionType)
            capabilities.Require(Capability.FetchZstd, $"{partition.Partition} has batches compressed with zstd, and reading them");
        if (fetched.ErrorCode != ErrorCode.None)
            throw new BrokerErrorException(fetched.ErrorCode, ApiKey.Fetch, partition.Partition.ToString());
        partition.Hear(fetched);
        if (fetched.Records is not { Length: > 0 } records)
        {
            if (hasChance)
                partition.MeetNothing(fetched.LastStableOffset);
            return;
        }

        ResponseScan scan;
        try
        {
            scan = ResponseScan.Of(records, fetched.AbortedTransactions, partition.Position, partition.Cut);
        }
        catch (InvalidBatchException e)
        {
            // It is asked for again where it stands; the network may have bent it.
            if (partition.ToleratesCorruption())
                return;
            throw new CorruptBatchException(partition.Partition, e.Message, e);
        }

        partition.Advance(scan);
        if (scan.Accepted.Length > 0)
        {
            Accepted.Add((partition, scan));
            _served.Add(partition);
        }
        else if (partition.End is null && hasChance)
        {
            partition.Stall(fetched.LastStableOffset);
        }
    }
}
