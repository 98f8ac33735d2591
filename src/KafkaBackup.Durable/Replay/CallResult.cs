namespace KafkaBackup.Durable.Replay;

/// <summary>How a call ended.</summary>
/// <param name="TaskId">The number of the call.</param>
/// <param name="Output">Its result, if there is no failure.</param>
/// <param name="Failure">What went wrong, or <see langword="null"/>.</param>
/// <param name="LastAttempt">The number of the last attempt that began.</param>
internal sealed record CallResult(int TaskId, string? Output, TaskFailureDetails? Failure, int LastAttempt);
