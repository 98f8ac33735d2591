using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using KafkaBackup.Repository.Storage.Metered;

namespace KafkaBackup.Repository.Tests.Storage;

/// <summary>What the stores' meter counts of the calls that the test makes that made this. Other tests count too: a test's own calls are told by its flow.</summary>
internal sealed class CountedCalls : IDisposable
{
    private static readonly AsyncLocal<ConcurrentQueue<string>?> Flow = new();

    private readonly MeterListener listener = new() { InstrumentPublished = (instrument, it) => Enable(instrument, it) };

    public CountedCalls()
    {
        Flow.Value = Seen;
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value >= 0 ? 1 : 0, tags));
        listener.Start();
    }

    /// <summary>Each measurement: instrument, value, operation, outcome.</summary>
    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>How many calls of this kind were made.</summary>
    public int Of(string operation) => Seen.Count(call => call.StartsWith($"requests 1 {operation} ", StringComparison.Ordinal));

    public void Dispose() => listener.Dispose();

    private static void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == StoreMeter.Name)
            listener.EnableMeasurementEvents(instrument);
    }

    private static void Note(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Flow.Value?.Enqueue($"{instrument.Name.Replace("kafka_backup.repository.", "")} {value} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}");
}
