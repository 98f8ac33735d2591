using Orleans.Concurrency;
using Orleans.Placement;

namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// One call of an activity. The grain only makes sure that a call runs once at a time in the cluster; the work itself is done by the host's
/// <see cref="ActivityWorker"/>, outside of Orleans' scheduler and of its limits on the length of a call.
/// </summary>
[Reentrant, RandomPlacement]
internal sealed class ActivityGrain(ActivityWorker worker) : Grain, IActivityGrain
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromDays(30);
    private readonly CancellationTokenSource cancelled = new();
    private Task? work;

    /// <summary>Leaves the lock in which Orleans 10.4 starts an activation, before anything else runs.</summary>
    public override async Task OnActivateAsync(CancellationToken cancellationToken) => await Task.Yield();

    public Task StartAsync(ActivityRequest request)
    {
        if (work is null)
        {
            DelayDeactivation(LongestRun);
            work = RunAsync(request);
        }
        return Task.CompletedTask;
    }

    public Task CancelAsync()
    {
        if (work is null)
            DeactivateOnIdle();
        return cancelled.CancelAsync();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => cancelled.CancelAsync();

    private async Task RunAsync(ActivityRequest request)
    {
        await Task.Run(() => worker.RunAsync(request, cancelled.Token));
        DeactivateOnIdle();
    }
}
