namespace KafkaBackup.Durable;

/// <summary>Tries again after a failure, after growing delays. The delays are durable timers: they outlive a restart.</summary>
public sealed class RetryPolicy
{
    /// <param name="maxNumberOfAttempts">Attempts in all, the first included; at least 1.</param>
    /// <param name="firstRetryInterval">The delay before the second attempt; above zero.</param>
    /// <param name="backoffCoefficient">Each further delay is the one before times this; at least 1.0.</param>
    /// <param name="maxRetryInterval">No delay is longer; at least <paramref name="firstRetryInterval"/>. Default: one hour.</param>
    /// <param name="retryTimeout">No attempt is begun later than this after the first; at least <paramref name="firstRetryInterval"/>. Default: no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside the range named above. <see cref="Timeout.InfiniteTimeSpan"/> means no limit.</exception>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1.0,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(firstRetryInterval, TimeSpan.Zero);
        if (!(backoffCoefficient >= 1.0))
            throw new ArgumentOutOfRangeException(nameof(backoffCoefficient), backoffCoefficient, "The coefficient is at least 1.0.");
        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = NotBelowFirst(maxRetryInterval ?? TimeSpan.FromHours(1), nameof(maxRetryInterval), hasDefault: maxRetryInterval is null);
        RetryTimeout = NotBelowFirst(retryTimeout ?? Timeout.InfiniteTimeSpan, nameof(retryTimeout), hasDefault: retryTimeout is null);
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    public double BackoffCoefficient { get; }

    public TimeSpan MaxRetryInterval { get; }

    public TimeSpan RetryTimeout { get; }

    /// <summary>Says whether a failure is worth another attempt. It runs in the orchestrator and must be deterministic. Default: every failure is.</summary>
    public Func<TaskFailureDetails, bool> HandleFailure { get; init; } = _ => true;

    /// <summary>The delay after so many failed attempts (at least 1).</summary>
    internal TimeSpan DelayAfter(int failedAttempts)
    {
        var longest = MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : MaxRetryInterval;
        var ticks = FirstRetryInterval.Ticks * Math.Pow(BackoffCoefficient, failedAttempts - 1);
        return ticks >= longest.Ticks ? longest : TimeSpan.FromTicks((long)ticks);
    }

    private TimeSpan NotBelowFirst(TimeSpan value, string name, bool hasDefault) =>
        value == Timeout.InfiniteTimeSpan || value >= FirstRetryInterval ? value
        : hasDefault ? FirstRetryInterval
        : throw new ArgumentOutOfRangeException(name, value, "It is not below the first retry interval.");
}
