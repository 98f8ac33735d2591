using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// Sends out the committed work of one instance. Every message may be sent again; whoever receives it knows that. One that gets lost is sent again by the heartbeat.
/// </summary>
internal sealed class WorkDispatcher(IGrainFactory grains, IOrchestrationGrain self, string instanceId, TimeProvider clock, ILogger logger) : IDisposable
{
    private const int StartOfInstance = HistoryEvent.NoTask;
    private InstanceTimers? timers;

    public void Send(OpenTask task, InstanceRecord row)
    {
        var call = task.Call;
        switch (call.Type)
        {
            case HistoryEventType.TaskScheduled:
                var request = new ActivityRequest(instanceId, call.Generation, task.Id, call.Name!, call.Input, call.Version);
                Forget(grains.GetGrain<IActivityGrain>(request.Key).StartAsync(request));
                break;
            case HistoryEventType.SubOrchestrationInstanceCreated:
                Forget(grains.GetGrain<IOrchestrationGrain>(call.InstanceId!).StartAsync(StartRequest.Of(row, call)));
                break;
            case HistoryEventType.TimerCreated:
                Timers(row).Arm(task.Id, call.FireAt!.Value);
                break;
        }
    }

    /// <summary>Withdraws work whose result is of no interest any more. Sub-orchestrations go on.</summary>
    public void Withdraw(OpenTask task)
    {
        if (task.Call.Type == HistoryEventType.TaskScheduled)
            Forget(grains.GetGrain<IActivityGrain>(new ActivityRequest(instanceId, task.Call.Generation, task.Id, "", null, null).Key).CancelAsync());
        else
            timers?.Disarm(task.Id);
    }

    /// <summary>Starts a pending instance when its time has come.</summary>
    public void SendStart(InstanceRecord row) => Timers(row).Arm(StartOfInstance, row.StartAt ?? DateTimeOffset.MinValue);

    /// <summary>Tells the parent how the instance has ended.</summary>
    public void SendEnding(InstanceRecord row)
    {
        if (row.Parent is not { } parent)
            return;
        var failure = row.Status == OrchestrationRuntimeStatus.Terminated
            ? new TaskFailureDetails("Terminated", $"The sub-orchestration '{row.Id}' was terminated.", null, null)
            : row.Failure;
        SendEnding(parent, row.Output, failure);
    }

    /// <param name="parent">Who waits.</param>
    /// <param name="output">The result, if there is no failure.</param>
    /// <param name="failure">What went wrong.</param>
    public void SendEnding(ParentCall parent, string? output, TaskFailureDetails? failure) => Forget(grains.GetGrain<IOrchestrationGrain>(parent.InstanceId).DeliverAsync(new()
    {
        Type = failure is null ? HistoryEventType.SubOrchestrationInstanceCompleted : HistoryEventType.SubOrchestrationInstanceFailed,
        TaskId = parent.TaskId,
        Generation = parent.Generation,
        InstanceId = instanceId,
        Output = failure is null ? output : null,
        Failure = failure,
    }));

    /// <summary>Has the instance look at itself; may be called on any thread.</summary>
    public void SendTouch() => Forget(self.TouchAsync(false));

    /// <summary>Forgets the timers.</summary>
    public void Dispose()
    {
        timers?.Dispose();
        timers = null;
    }

    private InstanceTimers Timers(InstanceRecord row)
    {
        var (generation, start) = (row.Generation, row.Start);
        return timers ??= new(clock, taskId => Forget(self.DeliverAsync(taskId == StartOfInstance
            ? start
            : new() { Type = HistoryEventType.TimerFired, TaskId = taskId, Generation = generation })));
    }

    private async void Forget(Task message)
    {
        try
        {
            await message.ConfigureAwait(false);
        }
        catch (Exception lost)
        {
            logger.MessageLost(lost, instanceId);
        }
    }
}
