using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>Collects the events of one commit and the row that they lead to. All events of a commit have the same time.</summary>
internal sealed class StepBuilder(InstanceRecord row, DateTimeOffset now)
{
    private readonly List<HistoryEvent> events = [];
    private readonly (bool IsLive, int Generation) first = (row.IsLive, row.Generation);
    private InstanceRecord next = row;

    public int Generation => next.Generation;

    public bool HasEvents => events.Count > 0;

    public bool HasEnded => !next.IsLive;

    public bool IsTerminated => next.Status == OrchestrationRuntimeStatus.Terminated;

    /// <summary>True if what arrives next belongs into another commit.</summary>
    public bool IsClosed => (next.IsLive, next.Generation) != first;

    /// <returns>The event with its time and its run.</returns>
    public HistoryEvent Add(HistoryEvent @event)
    {
        @event = @event with { Timestamp = now, Generation = next.Generation };
        events.Add(@event);
        if (@event.Type == HistoryEventType.ExecutionTerminated)
            next = next with { Status = OrchestrationRuntimeStatus.Terminated, Output = @event.Output, Failure = null };
        return @event;
    }

    /// <summary>The run is over and the next begins: what was collected goes with the history that is dropped.</summary>
    public void BeginGeneration(string? input, string? version)
    {
        events.Clear();
        next = next with { Generation = next.Generation + 1, Length = 0, Input = input, TaskVersion = version };
    }

    public void End(OrchestrationRuntimeStatus status, string? output, TaskFailureDetails? failure)
    {
        Add(new() { Type = HistoryEventType.ExecutionCompleted, Output = output, Failure = failure });
        next = next with { Status = status, Output = output, Failure = failure };
    }

    /// <param name="previous">The row as stored, or <see langword="null"/>.</param>
    /// <param name="describe">Fills in what the events do not tell.</param>
    public HistoryCommit Build(InstanceRecord? previous, Func<InstanceRecord, InstanceRecord> describe) =>
        new(previous, describe(next) with { Length = next.Length + events.Count, UpdatedAt = now }, [.. events]);
}
