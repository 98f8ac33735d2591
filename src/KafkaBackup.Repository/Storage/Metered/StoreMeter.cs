using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KafkaBackup.Repository.Storage.Metered;

/// <summary>
/// What stores do, in figures of System.Diagnostics.Metrics: meter <c>KafkaBackup.Repository</c>, with <c>kafka_backup.repository.requests</c> and
/// <c>kafka_backup.repository.duration</c> (seconds) by <c>operation</c> and <c>outcome</c>, and <c>kafka_backup.repository.bytes</c> by <c>operation</c>. Every attempt counts.
/// </summary>
public static class StoreMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "KafkaBackup.Repository";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("kafka_backup.repository.requests", "{request}", "Calls to repositories' stores");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("kafka_backup.repository.bytes", "By", "Bytes read and written");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("kafka_backup.repository.duration", "s", "How long calls took");

    internal static void Count(string operation, string outcome, TimeSpan duration)
    {
        var tags = new TagList { { "operation", operation }, { "outcome", outcome } };
        Requests.Add(1, tags);
        Duration.Record(duration.TotalSeconds, tags);
    }

    internal static void CountBytes(string operation, long bytes)
    {
        if (bytes > 0)
            Bytes.Add(bytes, new KeyValuePair<string, object?>("operation", operation));
    }
}
