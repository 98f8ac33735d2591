namespace KafkaBackup.Durable.Runtime;

/// <summary>A call that has not ended.</summary>
/// <param name="call">The event that scheduled it.</param>
internal sealed class OpenTask(HistoryEvent call)
{
    public HistoryEvent Call { get; } = call;

    public int Id => Call.TaskId;

    /// <summary>The beginning of its last attempt, or <see langword="null"/> if none has begun.</summary>
    public HistoryEvent? Started { get; set; }

    /// <summary>The number of the attempt that would begin now.</summary>
    public int NextAttempt => Started is { } started ? started.Attempt + 1 : Math.Max(1, Call.Attempt);

    /// <summary>The latest progress that the running attempt has reported, and when.</summary>
    public (int Attempt, long Number, string Json, DateTimeOffset At)? Progress { get; set; }
}
