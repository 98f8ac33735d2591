namespace KafkaBackup.Repository.Retention;

/// <summary>Which epochs are kept: those that any of the rules names, and always the newest. A rule that is left out names none.</summary>
public sealed record RetentionPolicy
{
    /// <summary>The newest so many epochs; 1 or more.</summary>
    public int? KeepLast { get; init; }

    /// <summary>The last epoch of each hour, for the newest so many hours that have one; 1 or more. Times are those of sealing, in UTC.</summary>
    public int? KeepHourly { get; init; }

    /// <summary>The last epoch of each day, for the newest so many days that have one; 1 or more.</summary>
    public int? KeepDaily { get; init; }

    /// <summary>The last epoch of each ISO week, for the newest so many weeks that have one; 1 or more.</summary>
    public int? KeepWeekly { get; init; }

    /// <summary>The last epoch of each month, for the newest so many months that have one; 1 or more.</summary>
    public int? KeepMonthly { get; init; }

    /// <summary>Every epoch that is no older than this before the newest one.</summary>
    public TimeSpan? KeepWithin { get; init; }

    /// <summary>
    /// The most that segments may take, in bytes. While those of the epochs that the other rules keep take more, the oldest of these epochs goes. Alone, it begins
    /// with all epochs.
    /// </summary>
    public long? MaxBytes { get; init; }

    /// <summary>Whether a rule is there that keeps something.</summary>
    internal bool HasKeepRule => (KeepLast ?? KeepHourly ?? KeepDaily ?? KeepWeekly ?? KeepMonthly) is not null || KeepWithin is not null;

    /// <summary>Whether no rule is there at all: nothing may be removed by it.</summary>
    public bool IsEmpty => !HasKeepRule && MaxBytes is null;
}
