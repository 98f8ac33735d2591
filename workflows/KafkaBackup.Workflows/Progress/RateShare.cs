namespace KafkaBackup.Workflows.Progress;

/// <summary>Divides a run's rate limit among slices that run side by side.</summary>
internal static class RateShare
{
    public static long? Of(long? limit, int slices) => limit is { } total ? Math.Max(1, total / Math.Max(1, slices)) : null;
}
