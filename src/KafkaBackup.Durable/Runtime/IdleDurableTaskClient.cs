using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// The client while no host is there: what it is asked for is committed, exactly as a host would, and nothing is set going. The next host sends what is open then,
/// children's endings to their parents included.
/// </summary>
internal sealed class IdleDurableTaskClient(IHistoryStore store, ExecutorFactory executors, DurableTaskOptions options, SecretGuard secrets)
    : StoreClient(store, options.DataConverter, secrets)
{
    public override DurableTaskClient As(string? requester) =>
        new IdleDurableTaskClient(Store, executors, options, Secrets) { Requester = requester is null ? null : Secrets.Clean(requester) };

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default) => throw NoHost();

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        ReachedAsync(instanceId, row => row.Status != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        ReachedAsync(instanceId, row => !row.IsLive || row.IsParked, getInputsAndOutputs, cancellation);

    public override Task<IReadOnlyList<ActivityProgress>> GetProgressAsync(string instanceId, CancellationToken cancellation = default) =>
        Task.FromResult<IReadOnlyList<ActivityProgress>>([]);

    protected override async Task DeliverAsync(string instanceId, HistoryEvent @event, CancellationToken cancellation)
    {
        if (await Store.LoadAsync(instanceId, cancellation).ConfigureAwait(false) is not { } stored)
            return;
        var run = InstanceRun.Loaded(executors, stored);
        var inbox = new Queue<Incoming>([new(@event)]);
        do
        {
            if (run.Next(inbox, options.TimeProvider.GetUtcNow()).Commit is { } commit)
                run.Committed(await Store.CommitAsync(commit).ConfigureAwait(false));
        }
        while (inbox.Count > 0 || run.HasMore);
    }

    /// <summary>Nothing is on the way while no host is there, and of a parent that has ended the next one starts nothing.</summary>
    protected override Task TerminateStartAsync(InstanceRecord parent, HistoryEvent call, HistoryEvent termination, CancellationToken cancellation) => Task.CompletedTask;

    protected override async Task<bool> PurgeOneAsync(string instanceId, CancellationToken cancellation)
    {
        if (await Store.FindAsync(instanceId, cancellation).ConfigureAwait(false) is not { IsLive: false } row)
            return false;
        await Store.PurgeAsync(row).ConfigureAwait(false);
        return true;
    }

    private static InvalidOperationException NoHost() => new("No host runs: instances can be looked at and steered, and none goes on.");

    private async Task<OrchestrationMetadata> ReachedAsync(string instanceId, Func<InstanceRecord, bool> isReached, bool withData, CancellationToken cancellation)
    {
        var row = await Store.FindAsync(instanceId, cancellation).ConfigureAwait(false) ?? throw new InvalidOperationException($"There is no instance '{instanceId}'.");
        return isReached(row) ? row.ToMetadata(withData, Converter) : throw NoHost();
    }
}
