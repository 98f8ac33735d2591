using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>The client inside a host: what changes an instance goes to its grain, what reads one goes to the store, so that it sees what is committed.</summary>
internal sealed class StoreDurableTaskClient(
    IHistoryStore store, GrainCalls grains, DurableTaskRegistry registry, DurableTaskOptions options, SecretGuard secrets, HostLife life, IInstanceIds ids)
    : DurableTaskClient
{
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(20);

    public string? Requester { get; private init; }

    public override DurableTaskClient As(string? requester) =>
        new StoreDurableTaskClient(store, grains, registry, options, secrets, life, ids) { Requester = requester is null ? null : secrets.Clean(requester) };

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var version = VersionOf(options);
        if (!registry.HasOrchestrator(orchestratorName, version))
            throw new ArgumentException(registry.MissingOrchestrator(orchestratorName, version).Message, nameof(orchestratorName));
        var id = options?.InstanceId ?? ids.Next();
        ArgumentException.ThrowIfNullOrEmpty(id);
        var json = secrets.Verify(Converter.Serialize(input), $"The input of {orchestratorName}");
        var request = new StartRequest(orchestratorName, json, options?.StartAt?.ToUniversalTime(), null)
        {
            TaskVersion = version,
            Tags = secrets.Verify(StoredTags.Write(options?.Tags), $"A tag of {orchestratorName}"),
            RequestedBy = Requester,
        };
        await grains.CallAsync(id, grain => grain.StartAsync(request), cancellation).ConfigureAwait(false);
        return id;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        var json = secrets.Verify(Converter.Serialize(eventPayload), $"Event {eventName}");
        return DeliverAsync(instanceId, new() { Type = HistoryEventType.EventRaised, Name = eventName, Input = json }, cancellation);
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, WaitTarget.Start, row => row.Status != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, WaitTarget.Completion, row => !row.IsLive || row.IsParked, getInputsAndOutputs, cancellation);

    public override async Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var termination = new HistoryEvent
        {
            Type = HistoryEventType.ExecutionTerminated,
            Output = secrets.Verify(Converter.Serialize(options?.Output), "The output of the termination"),
            RequestedBy = Requester,
        };
        await DeliverAsync(instanceId, termination, cancellation).ConfigureAwait(false);
        if (options is not { Recursive: true } || await store.LoadAsync(instanceId, cancellation).ConfigureAwait(false) is not { } stored)
            return;
        foreach (var call in new OpenWork(stored.History).All.Select(task => task.Call).Where(call => call.InstanceId is not null))
        {
            // Its start may still be on the way: it is created then, and over at once.
            var request = StartRequest.Of(stored.Instance, call) with { Termination = termination };
            await grains.CallAsync(call.InstanceId!, grain => grain.StartAsync(request), cancellation).ConfigureAwait(false);
            await TerminateInstanceAsync(call.InstanceId!, options, cancellation).ConfigureAwait(false);
        }
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

    public override async Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        new(await Purge.InstanceAsync(instanceId, options is { Recursive: true }, cancellation).ConfigureAwait(false));

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        new(await Purge.AllAsync(filter, options is { Recursive: true }, cancellation).ConfigureAwait(false));

    public override async Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellation = default) =>
        (await store.LoadAsync(instanceId, cancellation).ConfigureAwait(false))?.History ?? [];

    public override async Task<IReadOnlyList<ActivityProgress>> GetProgressAsync(string instanceId, CancellationToken cancellation = default)
    {
        if (await store.FindAsync(instanceId, cancellation).ConfigureAwait(false) is not { IsLive: true })
            return [];
        IReadOnlyList<ActivityProgress> progress = [];
        await grains.CallAsync(instanceId, async grain => progress = await grain.GetProgressAsync().ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return progress;
    }

    private string? VersionOf(StartOrchestrationOptions? start)
    {
        var version = start?.Version is { } asked ? asked.Version : options.DefaultVersion;
        return string.IsNullOrEmpty(version) ? null : version;
    }

    private DataConverter Converter => options.DataConverter;

    private InstancePurge Purge => new(store, grains);

    private Task DeliverAsync(string instanceId, HistoryEvent @event, CancellationToken cancellation)
    {
        @event = @event with { RequestedBy = Requester, Reason = @event.Reason is { } reason ? secrets.Clean(reason) : null };
        return grains.CallAsync(instanceId, grain => grain.DeliverAsync(@event), cancellation);
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, WaitTarget target, Func<InstanceRecord, bool> isReached, bool withData, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, life.Stopping);
        for (var isConfirmed = false; ;)
        {
            var row = await store.FindAsync(instanceId, end.Token).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"There is no instance '{instanceId}'.");
            // A row that says "parked" may be older than the repair: the instance itself has the last word.
            if (isReached(row) && (isConfirmed || !row.IsParked))
                return row.ToMetadata(withData, Converter);
            await grains.CallAsync(instanceId, async grain => isConfirmed = await grain.WaitAsync(target, LongestPoll).ConfigureAwait(false), end.Token).ConfigureAwait(false);
        }
    }
}
