namespace KafkaBackup.Kafka.Connections;

/// <summary>How long something may keep failing, and how long to wait in between: doubling from the least back-off to the most.</summary>
internal sealed class Patience(ClusterOptions options, TimeProvider time)
{
    private long? _failingSince;
    private TimeSpan _wait = options.RetryBackoff;

    /// <summary>
    /// Notes a failure; says whether another attempt is worth it. The time counts from the first failure, not from the last success: one
    /// request that times out, or a slow store in between, must not use it up.
    /// </summary>
    public bool Lasts() => time.GetElapsedTime(_failingSince ??= time.GetTimestamp()) < options.GiveUpAfter;

    /// <summary>Something succeeded: the count begins anew.</summary>
    public void Renew()
    {
        _failingSince = null;
        _wait = options.RetryBackoff;
    }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        await Task.Delay(_wait, time, cancellation);
        _wait = TimeSpan.FromTicks(Math.Min(Math.Max(options.RetryBackoff.Ticks, options.RetryBackoffMax.Ticks), _wait.Ticks * 2));
    }
}
