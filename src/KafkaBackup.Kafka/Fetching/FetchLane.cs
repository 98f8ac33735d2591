using KafkaBackup.Kafka.Connections;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>
/// Reads partitions as they lie in the brokers' logs: whole record batches, undecoded, read committed. Partitions are read together, over one
/// connection to each of their leaders. One that meets trouble leaves its leader, alone, and is read on from whoever leads it then; the others
/// go on meanwhile. It is given up when it has been in trouble for <see cref="ClusterOptions.GiveUpAfter"/> without coming further.
/// </summary>
/// <param name="cluster">Where from.</param>
/// <param name="rateLimit">Holds it back; null for no limit.</param>
/// <param name="logger">Told of trouble.</param>
/// <param name="throttled">Told how long the brokers hold it back; null where nobody asks.</param>
public sealed class FetchLane(ClusterClient cluster, RateLimit? rateLimit, ILogger<FetchLane> logger, ThrottleTime? throttled = null)
{
    /// <summary>Reads every assignment to its end.</summary>
    /// <exception cref="ClusterException">A partition kept failing, or failed for good; the sinks hold what was read until then.</exception>
    public async Task<IReadOnlyList<FetchedRange>> RunAsync(IReadOnlyList<FetchAssignment> assignments, CancellationToken cancellation)
    {
        var partitions = assignments.Select(a => new PartitionFetch(a, new Patience(cluster.Options, cluster.Time))).ToList();
        var open = partitions.Where(p => p.End is null).ToList();
        if (open.Count > 0)
            await new LaneRun(cluster, rateLimit, throttled, logger, cancellation).ReadAsync(open);
        return [.. partitions.Select(p => p.Result)];
    }
}
