using KafkaBackup.Protocol.Compression;

namespace KafkaBackup.Kafka.Producing;

/// <summary>A batch ready for a broker but for the producer's identity. Disposing it gives its memory back.</summary>
public sealed class OutgoingBatch : IDisposable
{
    /// <summary>The batch.</summary>
    public PooledBuffer Bytes { get; } = new();

    /// <summary>Records in it; above 0.</summary>
    public int RecordCount { get; internal set; }

    /// <summary>Where its records come from: first source offset and count of each run.</summary>
    public List<(long Source, int Count)> Runs { get; } = [];

    public void Dispose() => Bytes.Dispose();

    internal void Add(long source, int count)
    {
        if (Runs.Count > 0 && Runs[^1] is var last && last.Source + last.Count == source)
            Runs[^1] = (last.Source, last.Count + count);
        else
            Runs.Add((source, count));
        RecordCount += count;
    }
}
