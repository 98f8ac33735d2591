namespace KafkaBackup.Kafka.Fetching;

/// <summary>Holds a run to so many bytes a second, over all its lanes.</summary>
/// <param name="bytesPerSecond">Above 0.</param>
/// <param name="time">The clock.</param>
public sealed class RateLimit(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _paidUntil;

    /// <summary>The limit.</summary>
    public long BytesPerSecond { get; } = bytesPerSecond > 0 ? bytesPerSecond : throw new ArgumentOutOfRangeException(nameof(bytesPerSecond), "a rate limit is above 0");

    /// <summary>Waits until <paramref name="bytes"/> more are within the limit. Time that was not used is not saved up.</summary>
    public async ValueTask PayAsync(long bytes, CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            _paidUntil = TimeSpan.FromTicks(Math.Max(_paidUntil.Ticks, now.Ticks)) + TimeSpan.FromSeconds((double)bytes / BytesPerSecond);
            wait = _paidUntil - now;
        }

        await Task.Delay(wait, time, cancellation);
    }
}
