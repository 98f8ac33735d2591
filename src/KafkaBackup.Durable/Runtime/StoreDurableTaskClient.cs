using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>The client inside a host: what changes an instance goes to its grain, what reads one goes to the store, so that it sees what is committed.</summary>
internal sealed class StoreDurableTaskClient(
    IHistoryStore store, IGrainFactory grains, DurableTaskRegistry registry, DurableTaskOptions options, HostLife life, IInstanceIds ids) : DurableTaskClient
{
    private const int CallAttempts = 8;
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(20);

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        if (!registry.HasOrchestrator(orchestratorName))
            throw new ArgumentException($"No orchestrator named '{orchestratorName}' is registered.", nameof(orchestratorName));
        var id = options?.InstanceId ?? ids.Next();
        ArgumentException.ThrowIfNullOrEmpty(id);
        var request = new StartRequest(orchestratorName, Converter.Serialize(input), options?.StartAt?.ToUniversalTime(), null);
        await CallAsync(id, grain => grain.StartAsync(request), cancellation).ConfigureAwait(false);
        return id;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return DeliverAsync(instanceId, new() { Type = HistoryEventType.EventRaised, Name = eventName, Input = Converter.Serialize(eventPayload) }, cancellation);
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, WaitTarget.Start, row => row.Status != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, WaitTarget.Completion, row => !row.IsLive || row.IsParked, getInputsAndOutputs, cancellation);

    public override async Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        await DeliverAsync(instanceId, new() { Type = HistoryEventType.ExecutionTerminated, Output = Converter.Serialize(options?.Output) }, cancellation).ConfigureAwait(false);
        if (options is not { Recursive: true })
            return;
        foreach (var child in new OpenWork(await GetHistoryAsync(instanceId, cancellation).ConfigureAwait(false)).All.Select(task => task.Call.InstanceId).OfType<string>())
            await TerminateInstanceAsync(child, options, cancellation).ConfigureAwait(false);
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        DeliverAsync(instanceId, new() { Type = HistoryEventType.ExecutionSuspended, Reason = reason }, cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        DeliverAsync(instanceId, new() { Type = HistoryEventType.ExecutionResumed, Reason = reason }, cancellation);

    public override async Task<OrchestrationMetadata?> GetInstanceAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        (await store.FindAsync(instanceId, cancellation).ConfigureAwait(false))?.ToMetadata(getInputsAndOutputs, Converter);

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        var query = filter ?? new();
        var first = new InstanceFilter(
            query.CreatedFrom, query.CreatedTo, query.Statuses?.ToArray(), query.InstanceIdPrefix, Math.Max(1, query.PageSize), query.ContinuationToken);
        return new(async (token, size, cancellation) =>
        {
            var page = await store.ListAsync(
                first with { ContinuationToken = token ?? first.ContinuationToken, PageSize = size ?? first.PageSize }, cancellation).ConfigureAwait(false);
            return new([.. page.Values.Select(row => row.ToMetadata(query.FetchInputsAndOutputs, Converter))], page.ContinuationToken);
        });
    }

    public override async Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        if (await store.LoadAsync(instanceId, cancellation).ConfigureAwait(false) is not { Instance.IsLive: false } stored)
            return new(0);
        var purged = 0;
        foreach (var child in stored.History.Where(each => options is { Recursive: true } && each.Type == HistoryEventType.SubOrchestrationInstanceCreated))
            purged += (await PurgeInstanceAsync(child.InstanceId!, options, cancellation).ConfigureAwait(false)).PurgedInstanceCount;
        var isPurged = false;
        await CallAsync(instanceId, async grain => isPurged = await grain.PurgeAsync().ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return new(purged + (isPurged ? 1 : 0));
    }

    public override async Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellation = default) =>
        (await store.LoadAsync(instanceId, cancellation).ConfigureAwait(false))?.History ?? [];

    public override async Task<IReadOnlyList<ActivityProgress>> GetProgressAsync(string instanceId, CancellationToken cancellation = default)
    {
        if (await store.FindAsync(instanceId, cancellation).ConfigureAwait(false) is not { IsLive: true })
            return [];
        IReadOnlyList<ActivityProgress> progress = [];
        await CallAsync(instanceId, async grain => progress = await grain.GetProgressAsync().ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return progress;
    }

    private DataConverter Converter => options.DataConverter;

    private Task DeliverAsync(string instanceId, HistoryEvent @event, CancellationToken cancellation) =>
        CallAsync(instanceId, grain => grain.DeliverAsync(@event), cancellation);

    private Task CallAsync(string instanceId, Func<IOrchestrationGrain, Task> call, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return Patiently.DoAsync(
            async () =>
            {
                await call(grains.GetGrain<IOrchestrationGrain>(instanceId)).WaitAsync(cancellation).ConfigureAwait(false);
                return true;
            },
            (failure, failures) => failure is not InstanceReloadingException || failures >= CallAttempts,
            cancellation);
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, WaitTarget target, Func<InstanceRecord, bool> isReached, bool withData, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, life.Stopping);
        while (true)
        {
            var row = await store.FindAsync(instanceId, end.Token).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"There is no instance '{instanceId}'.");
            if (isReached(row))
                return row.ToMetadata(withData, Converter);
            await CallAsync(instanceId, grain => grain.WaitAsync(target, LongestPoll), end.Token).ConfigureAwait(false);
        }
    }
}
