using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>Makes fetch requests.</summary>
internal static class FetchRequests
{
    /// <summary>Partitions in one request; more take their turns.</summary>
    private const int MostPartitions = 1_000;

    /// <summary>A limited run is given this many answers a second and more, so that it flows instead of bursting.</summary>
    private const int BitesPerSecond = 4;

    private const int LeastBite = 16 << 10;

    /// <summary>Who is asked for next.</summary>
    public static List<PartitionFetch> Choose(IReadOnlyList<PartitionFetch> queue) => [.. queue.Take(MostPartitions)];

    /// <summary>Asks for partitions, each from its position on.</summary>
    /// <param name="partitions">Which; not none.</param>
    /// <param name="options">The cluster's.</param>
    /// <param name="share">What the answer may come to, in bytes.</param>
    /// <param name="limit">The run's limit.</param>
    public static FetchRequest Of(IReadOnlyList<PartitionFetch> partitions, ClusterOptions options, int share, RateLimit? limit)
    {
        var bite = limit is null ? share : (int)Math.Clamp(limit.BytesPerSecond / BitesPerSecond, Math.Min(LeastBite, share), share);
        return new FetchRequest
        {
            MaxWaitMs = (int)options.FetchMaxWait.TotalMilliseconds,
            MinBytes = 1,
            MaxBytes = bite,
            IsolationLevel = IsolationLevel.ReadCommitted,
            Topics = [.. Runs(partitions).Select(run => new FetchTopic
            {
                Topic = run[0].Partition.Topic,
                Partitions = [.. run.Select(p => new FetchPartition
                {
                    Partition = p.Partition.Partition,
                    CurrentLeaderEpoch = p.Leader.Epoch,
                    FetchOffset = p.Position,
                    PartitionMaxBytes = Math.Min(bite, options.PartitionFetchMaxBytes),
                })],
            })],
        };
    }

    /// <summary>Neighbours of one topic share an element of the request; the order of the partitions stays.</summary>
    private static IEnumerable<List<PartitionFetch>> Runs(IReadOnlyList<PartitionFetch> partitions)
    {
        List<PartitionFetch> run = [];
        foreach (var partition in partitions)
        {
            if (run.Count > 0 && run[0].Partition.Topic != partition.Partition.Topic)
            {
                yield return run;
                run = [];
            }

            run.Add(partition);
        }

        yield return run;
    }
}
