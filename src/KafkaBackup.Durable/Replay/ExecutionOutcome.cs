namespace KafkaBackup.Durable.Replay;

/// <summary>How a run ended.</summary>
internal abstract record ExecutionOutcome
{
    public sealed record Completed(string? Output) : ExecutionOutcome;

    public sealed record Failed(TaskFailureDetails Failure) : ExecutionOutcome;

    /// <param name="Input">The input of the next run.</param>
    /// <param name="Version">The version of the orchestrator in the next run.</param>
    /// <param name="Events">Events that the next run takes over.</param>
    public sealed record ContinuedAsNew(string? Input, string? Version, IReadOnlyList<HistoryEvent> Events) : ExecutionOutcome;
}
