namespace KafkaBackup.Kafka.Connections;

/// <summary>How long something may keep failing, and how long to wait in between: doubling from the back-off to a second.</summary>
internal sealed class Patience(ClusterOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private long _lastProgress = time.GetTimestamp();
    private TimeSpan _wait = options.RetryBackoff;

    /// <summary>Whether another attempt is worth it.</summary>
    public bool Lasts => time.GetElapsedTime(_lastProgress) < options.GiveUpAfter;

    /// <summary>Something succeeded: the count begins anew.</summary>
    public void Renew()
    {
        _lastProgress = time.GetTimestamp();
        _wait = options.RetryBackoff;
    }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        await Task.Delay(_wait, time, cancellation);
        _wait = TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, _wait.Ticks * 2));
    }
}
