namespace KafkaBackup.Durable.Replay;

/// <summary>The calls that a history holds, to be made again by the code in the same order and under the same names.</summary>
internal sealed class RecordedCalls
{
    private readonly Dictionary<int, HistoryEvent> calls;
    private readonly int newCallsBefore;

    public RecordedCalls(IReadOnlyList<HistoryEvent> history)
    {
        calls = history.Where(each => IsCall(each.Type)).ToDictionary(each => each.TaskId);
        for (var place = 0; place < history.Count; place++)
        {
            if (history[place].Type == HistoryEventType.ExecutionParked)
                newCallsBefore = int.MaxValue;
            else if (history[place].Type == HistoryEventType.ExecutionUnparked)
                newCallsBefore = place;
        }
    }

    public static bool IsCall(HistoryEventType type) =>
        type is HistoryEventType.TaskScheduled or HistoryEventType.TimerCreated or HistoryEventType.SubOrchestrationInstanceCreated;

    /// <summary>Finds the call that the code makes now.</summary>
    /// <param name="call">What the code calls.</param>
    /// <param name="position">The place in the history of the event that is being replayed.</param>
    /// <returns>The call as recorded, or <see langword="null"/> if it is a new one.</returns>
    /// <exception cref="NonDeterministicOrchestrationException">The history tells otherwise.</exception>
    public HistoryEvent? Match(HistoryEvent call, int position)
    {
        if (calls.Remove(call.TaskId, out var recorded))
        {
            return recorded.Type == call.Type && string.Equals(recorded.Name, call.Name, StringComparison.OrdinalIgnoreCase)
                ? recorded
                : throw new NonDeterministicOrchestrationException($"The code makes call {Describe(call)}, where the history has {Describe(recorded)}.");
        }
        // To events that came while the instance was parked the code could not answer; it does so when it is repaired.
        return position < newCallsBefore
            ? null
            : throw new NonDeterministicOrchestrationException($"The code makes call {Describe(call)}, where the history has none.");
    }

    /// <exception cref="NonDeterministicOrchestrationException">The history holds a call that the code did not make.</exception>
    public void VerifyAllMade()
    {
        if (calls.Count > 0)
            throw new NonDeterministicOrchestrationException($"The history has call {Describe(calls.Values.MinBy(each => each.TaskId)!)}, which the code does not make any more.");
    }

    private static string Describe(HistoryEvent call) => $"#{call.TaskId}, {call.Type}{(call.Name is null ? "" : $" '{call.Name}'")}";
}
