namespace KafkaBackup.Kafka.Connections;

/// <summary>
/// How long nothing may be sent over a connection whose client is above a quota. A broker reads nothing from it in that time (KIP-219): what
/// is sent all the same only waits there, while the time for its answer runs.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="throttled">Told of every pause; null where nobody counts them.</param>
internal sealed class QuotaPause(TimeProvider time, ThrottleTime? throttled)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _until;

    /// <summary>Takes note of what an answer says; the longest pause counts.</summary>
    public void Hear(int throttleMs)
    {
        if (throttleMs <= 0)
            return;
        var pause = TimeSpan.FromMilliseconds(throttleMs);
        throttled?.Add(pause);
        lock (_lock)
            _until = TimeSpan.FromTicks(Math.Max(_until.Ticks, (time.GetElapsedTime(_start) + pause).Ticks));
    }

    /// <summary>Waits for the end of the pause, or of the connection.</summary>
    public async ValueTask WaitAsync(CancellationToken closed, CancellationToken cancellation)
    {
        while (Left() is { Ticks: > 0 } left && !closed.IsCancellationRequested)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(closed, cancellation);
            try
            {
                await Task.Delay(left, time, either.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // Whoever sends now learns that the connection is gone.
            }
        }
    }

    private TimeSpan Left()
    {
        lock (_lock)
            return _until - time.GetElapsedTime(_start);
    }
}
