using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Durable.Replay;

/// <summary>Runs an orchestrator over a recorded history: the test that a change to its code leaves the instances in flight able to go on.</summary>
public static class OrchestrationReplayer
{
    /// <summary>Replays an archived history.</summary>
    /// <param name="orchestrator">The code.</param>
    /// <param name="history">The history.</param>
    /// <param name="converter">Default: <see cref="JsonDataConverter.Default"/>.</param>
    /// <param name="parent">The parent, if the code asks for it.</param>
    /// <exception cref="NonDeterministicOrchestrationException">The code does something else than the history tells, its ending included.</exception>
    public static ReplayResult Replay(ITaskOrchestrator orchestrator, RecordedHistory history, DataConverter? converter = null, ParentOrchestrationInstance? parent = null) =>
        Replay(orchestrator, history.InstanceId, history.Events, converter, parent);

    /// <summary>Replays the whole of a history and every beginning of it that was committed, where its host may have stopped (the events of one commit have one time).</summary>
    /// <param name="create">Makes the code, anew for each replay.</param>
    /// <param name="history">The history.</param>
    /// <param name="converter">Default: <see cref="JsonDataConverter.Default"/>.</param>
    /// <param name="parent">The parent, if the code asks for it.</param>
    /// <exception cref="NonDeterministicOrchestrationException">The code does something else than the history tells, its ending included.</exception>
    /// <returns>Where the code stands after the whole.</returns>
    public static ReplayResult ReplayEveryBeginning(
        Func<ITaskOrchestrator> create, RecordedHistory history, DataConverter? converter = null, ParentOrchestrationInstance? parent = null)
    {
        var events = history.Events;
        foreach (var length in Enumerable.Range(1, events.Count - 1).Where(i => events[i].Timestamp != events[i - 1].Timestamp))
            Replay(create(), history.InstanceId, [.. events.Take(length)], converter, parent);
        return Replay(create(), history, converter, parent);
    }

    /// <summary>Replays a history as a client or a store shows it.</summary>
    /// <param name="orchestrator">The code.</param>
    /// <param name="instanceId">The instance; ids of sub-orchestrations and GUIDs derive from it.</param>
    /// <param name="history">What <see cref="DurableTaskClient.GetHistoryAsync"/> returned.</param>
    /// <param name="converter">Default: <see cref="JsonDataConverter.Default"/>.</param>
    /// <param name="parent">The parent, if the code asks for it.</param>
    /// <exception cref="NonDeterministicOrchestrationException">The code does something else than the history tells, its ending included.</exception>
    /// <exception cref="ArgumentException">The history has no beginning.</exception>
    public static ReplayResult Replay(
        ITaskOrchestrator orchestrator, string instanceId, IReadOnlyList<HistoryEvent> history, DataConverter? converter = null, ParentOrchestrationInstance? parent = null)
    {
        var started = history.FirstOrDefault(each => each.Type == HistoryEventType.ExecutionStarted) ?? throw new ArgumentException("The history has no ExecutionStarted.", nameof(history));
        var executor = new OrchestrationExecutor(
            new(instanceId, started.Name!, started.Version, started.Generation, parent), orchestrator, converter ?? JsonDataConverter.Default, NullLoggerFactory.Instance);
        var calls = new List<HistoryEvent>();
        executor.CallMatched += calls.Add;
        executor.Replay(history);
        if (executor.Fault is { } fault)
            throw fault;
        VerifyEnding(executor.Outcome, history.FirstOrDefault(each => each.Type == HistoryEventType.ExecutionCompleted));
        var open = new Runtime.OpenWork(history).All.Select(each => each.Call).ToList();
        ReplayResult result = executor.Outcome switch
        {
            ExecutionOutcome.Completed completed => new(true, completed.Output, null, executor.CustomStatus, open),
            ExecutionOutcome.Failed failed => new(true, null, failed.Failure, executor.CustomStatus, open),
            _ => new(executor.Outcome is not null, null, null, executor.CustomStatus, open),
        };
        return result with { Calls = calls };
    }

    private static void VerifyEnding(ExecutionOutcome? outcome, HistoryEvent? recorded)
    {
        if (recorded is null)
            return;
        var same = outcome switch
        {
            ExecutionOutcome.Completed completed => recorded.Failure is null && recorded.Output == completed.Output,
            ExecutionOutcome.Failed failed => recorded.Failure?.ErrorMessage == failed.Failure.ErrorMessage,
            _ => false,
        };
        if (!same)
            throw new NonDeterministicOrchestrationException($"The code ends with {outcome?.ToString() ?? "nothing yet"}, where the history has {recorded.Failure?.ToString() ?? recorded.Output}.");
    }
}
