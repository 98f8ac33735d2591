namespace KafkaBackup.Repository.Storage.Limited;

/// <summary>Holds what passes to so many bytes a second. Time that was not used is not saved up.</summary>
/// <param name="bytesPerSecond">Above 0.</param>
/// <param name="time">The clock.</param>
internal sealed class BytePace(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly long start = time.GetTimestamp();
    private TimeSpan paidUntil;

    /// <summary>Waits until these bytes are within the limit.</summary>
    public async ValueTask PassAsync(long bytes, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (gate)
        {
            var now = time.GetElapsedTime(start);
            paidUntil = (paidUntil > now ? paidUntil : now) + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            wait = paidUntil - now;
        }

        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
    }
}
