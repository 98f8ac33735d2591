using System.Buffers;

namespace KafkaBackup.Kafka.Connections;

/// <summary>A response whose bytes lie in a pooled buffer; they are valid until <see cref="Dispose"/>.</summary>
public sealed class ResponseLease<TResponse>(TResponse response, byte[] frame) : IDisposable
{
    private byte[]? _frame = frame;

    /// <summary>The response.</summary>
    public TResponse Response { get; } = response;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _frame, null) is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
