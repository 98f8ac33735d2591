namespace KafkaBackup.Durable;

/// <summary>
/// Which finished instances are kept; what either limit excludes is cleared away, with its sub-orchestrations. An instance that has not ended, or that another one
/// still waits for, is always kept.
/// </summary>
public sealed record RetentionPolicy
{
    /// <param name="maxAge">How long after its end an instance is kept; not negative. <see langword="null"/>: for ever.</param>
    /// <param name="maxCount">How many instances are kept, the newest ones, sub-orchestrations counted; not negative. <see langword="null"/>: any number.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside the range named above.</exception>
    public RetentionPolicy(TimeSpan? maxAge, int? maxCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAge ?? TimeSpan.Zero, TimeSpan.Zero, nameof(maxAge));
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount ?? 0, nameof(maxCount));
        MaxAge = maxAge;
        MaxCount = maxCount;
    }

    public TimeSpan? MaxAge { get; }

    public int? MaxCount { get; }
}
