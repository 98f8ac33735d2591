using System.Text.Json.Serialization;
using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Workflows.Progress;

/// <summary>How far an activity has come, as the status of its orchestration shows it.</summary>
/// <param name="Verb">What it has done, such as "backed up".</param>
/// <param name="Done">Offsets or records done.</param>
/// <param name="Total">Offsets or records to do.</param>
/// <param name="Bytes">Bytes moved by this attempt.</param>
public sealed record TransferState(string Verb, long Done, long Total, long Bytes)
{
    /// <summary>How long the cluster has held this attempt back so far; null if it has not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Throttling? Throttling { get; init; }
}

/// <summary>Counts what an activity moves and reports it; safe to use from several flows.</summary>
/// <param name="context">Reports to it.</param>
/// <param name="verb">What it does.</param>
/// <param name="total">Offsets or records to do.</param>
/// <param name="throttled">How long a cluster holds it back; null where it has to do with none.</param>
/// <param name="quotas">By which quotas.</param>
internal sealed class TransferProgress(TaskActivityContext context, string verb, long total, ThrottleTime? throttled = null, ClientQuotaView? quotas = null)
{
    private readonly Lock _lock = new();
    private long _done;
    private long _bytes;

    public void Add(long done, long bytes)
    {
        // Told while nobody else counts: the last word has to be the furthest.
        lock (_lock)
        {
            _done += done;
            _bytes += bytes;
            context.ReportProgress(
                new TransferState(verb, Math.Min(_done, total), total, _bytes) { Throttling = Throttling.Of([throttled?.Total.TotalSeconds ?? 0], quotas) });
        }
    }
}
