namespace KafkaBackup.Workflows.Progress;

/// <summary>The client quotas that can hold a run back, by Kafka's names.</summary>
internal static class QuotaKeys
{
    private const string RequestPercentage = "request_percentage";

    /// <summary>Of a run that reads.</summary>
    public static readonly IReadOnlyList<string> Reading = ["consumer_byte_rate", RequestPercentage];

    /// <summary>Of a run that writes.</summary>
    public static readonly IReadOnlyList<string> Writing = ["producer_byte_rate", RequestPercentage];
}
