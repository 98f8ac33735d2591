namespace KafkaBackup.Durable.Replay;

/// <summary>Where an orchestrator stands after its history.</summary>
/// <param name="IsCompleted">Whether it has ended, in whichever way.</param>
/// <param name="Output">Its output as JSON.</param>
/// <param name="Failure">Why it failed.</param>
/// <param name="CustomStatus">Its custom status as JSON.</param>
/// <param name="OpenCalls">The calls that the history has no ending for.</param>
public sealed record ReplayResult(bool IsCompleted, string? Output, TaskFailureDetails? Failure, string? CustomStatus, IReadOnlyList<HistoryEvent> OpenCalls)
{
    /// <summary>The calls that the history has, as the code makes them now: their inputs may be others than those that are recorded, which are the ones that count.</summary>
    public IReadOnlyList<HistoryEvent> Calls { get; init; } = [];
}
