namespace KafkaBackup.Durable.Replay;

/// <summary>The calls that the code has made and that have not ended.</summary>
internal sealed class OpenCalls
{
    private readonly Dictionary<int, OpenCall> open = [];

    public bool Any => open.Count > 0;

    public Task<CallResult> Open(HistoryEvent call)
    {
        var added = open[call.TaskId] = new OpenCall { LastAttempt = call.Attempt };
        return added.Ending.Task;
    }

    public void Started(HistoryEvent started)
    {
        if (open.TryGetValue(started.TaskId, out var call))
            call.LastAttempt = started.Attempt;
    }

    /// <summary>Ends a call. An ending that nobody waits for any more (that of a cancelled timer) is ignored.</summary>
    public void Ended(HistoryEvent ending)
    {
        if (open.Remove(ending.TaskId, out var call))
            call.Ending.TrySetResult(new(ending.TaskId, ending.Output, ending.Failure, call.LastAttempt));
    }

    /// <returns>False if the call has ended already.</returns>
    public bool Cancel(int taskId, CancellationToken token) => open.Remove(taskId, out var call) && call.Ending.TrySetCanceled(token);

    private sealed class OpenCall
    {
        public int LastAttempt { get; set; }

        public TaskCompletionSource<CallResult> Ending { get; } = new();
    }
}
