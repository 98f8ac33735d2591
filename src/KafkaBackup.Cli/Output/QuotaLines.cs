using System.Globalization;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Workflows.Progress;

namespace KafkaBackup.Cli.Output;

/// <summary>Client quotas of a cluster, and the time for which it held a run back, for people.</summary>
internal static class QuotaLines
{
    private const string RateSuffix = "_byte_rate";

    /// <summary>How long a run was held back, and by what.</summary>
    public static string Of(Throttling throttling) => string.Create(
        CultureInfo.InvariantCulture, $"throttled by the cluster for {throttling.Seconds:0.#} s{(throttling.Quotas is { } quotas ? $" ({string.Join("; ", Of(quotas))})" : "")}");

    /// <summary>The quotas that hold for a run, each as a line, and what is not known of them.</summary>
    public static IEnumerable<string> Of(ClientQuotaView view)
    {
        foreach (var quota in view.Quotas)
            yield return $"quota {quota.Key} {Value(quota)} for {quota.HoldsFor}";
        if (view.Unknown is { } unknown)
            yield return $"client quotas are not {(view.Quotas.Count > 0 ? "wholly " : "")}known: {unknown}";
        else if (view.Quotas.Count == 0)
            yield return "no client quota was set for it at its start";
    }

    private static string Value(ClientQuota quota) => quota.Key.EndsWith(RateSuffix, StringComparison.Ordinal)
        ? $"{Sizes.Bytes((long)quota.Value)}/s of each broker"
        : string.Create(CultureInfo.InvariantCulture, $"{quota.Value:0.##} %");
}
