namespace KafkaBackup.Kafka.Connections;

/// <summary>A response whose bytes lie in a buffer that is used again; they are valid until <see cref="Dispose"/>.</summary>
public sealed class ResponseLease<TResponse> : IDisposable
{
    private readonly FrameBuffers _buffers;
    private byte[]? _frame;

    internal ResponseLease(TResponse response, byte[] frame, FrameBuffers buffers)
    {
        Response = response;
        (_frame, _buffers) = (frame, buffers);
    }

    /// <summary>The response.</summary>
    public TResponse Response { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _frame, null) is { } buffer)
            _buffers.Return(buffer);
    }
}
