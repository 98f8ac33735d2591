using KafkaBackup.Kafka.Administration;

namespace KafkaBackup.Workflows.Progress;

/// <summary>How long a cluster has held a run back, and by which client quotas.</summary>
/// <param name="Seconds">Above 0. Slices of a run go side by side: of the one that was held back longest.</param>
/// <param name="Quotas">The quotas that held for the run when it was planned; null where an earlier version planned it.</param>
public sealed record Throttling(double Seconds, ClientQuotaView? Quotas)
{
    /// <summary>Of a whole run; null if none of its slices was held back.</summary>
    /// <param name="slices">The seconds of each slice.</param>
    /// <param name="quotas">The quotas when it was planned.</param>
    internal static Throttling? Of(IEnumerable<double> slices, ClientQuotaView? quotas) =>
        slices.DefaultIfEmpty().Max() is > 0 and var longest ? new Throttling(longest, quotas) : null;
}
