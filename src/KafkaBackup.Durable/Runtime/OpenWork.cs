namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// What a history has begun and not ended. It is computed from the events alone, so it is right even while the orchestrator's code cannot be run.
/// </summary>
internal sealed class OpenWork
{
    private readonly SortedDictionary<int, OpenTask> open = [];

    public OpenWork(IEnumerable<HistoryEvent> history)
    {
        foreach (var each in history)
            Record(each);
    }

    public IEnumerable<OpenTask> All => open.Values;

    public OpenTask? Find(int taskId) => open.GetValueOrDefault(taskId);

    public void Record(HistoryEvent @event)
    {
        switch (@event.Type)
        {
            case HistoryEventType.TaskScheduled or HistoryEventType.TimerCreated or HistoryEventType.SubOrchestrationInstanceCreated:
                open[@event.TaskId] = new(@event);
                break;
            case HistoryEventType.TaskStarted when Find(@event.TaskId) is { } task:
                task.Started = @event;
                break;
            case HistoryEventType.TaskStarted:
                break;
            case var _ when @event.TaskId != HistoryEvent.NoTask:
                open.Remove(@event.TaskId);
                break;
        }
    }

    /// <summary>A call that the code has cancelled.</summary>
    public void Forget(int taskId) => open.Remove(taskId);
}
