using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>The client inside a host: what changes an instance goes to its grain, what reads one goes to the store, so that it sees what is committed.</summary>
internal sealed class StoreDurableTaskClient(
    IHistoryStore store, GrainCalls grains, DurableTaskRegistry registry, DurableTaskOptions options, SecretGuard secrets, HostLife life, IInstanceIds ids)
    : StoreClient(store, options.DataConverter, secrets)
{
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(20);

    public override DurableTaskClient As(string? requester) =>
        new StoreDurableTaskClient(Store, grains, registry, options, Secrets, life, ids) { Requester = requester is null ? null : Secrets.Clean(requester) };

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var version = VersionOf(options);
        if (!registry.HasOrchestrator(orchestratorName, version))
            throw new ArgumentException(registry.MissingOrchestrator(orchestratorName, version).Message, nameof(orchestratorName));
        var id = options?.InstanceId ?? ids.Next();
        ArgumentException.ThrowIfNullOrEmpty(id);
        var json = Secrets.Verify(Converter.Serialize(input), $"The input of {orchestratorName}");
        var request = new StartRequest(orchestratorName, json, options?.StartAt?.ToUniversalTime(), null)
        {
            TaskVersion = version,
            Tags = Secrets.Verify(StoredTags.Write(options?.Tags), $"A tag of {orchestratorName}"),
            RequestedBy = Requester,
        };
        await grains.CallAsync(id, grain => grain.StartAsync(request), cancellation).ConfigureAwait(false);
        return id;
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, WaitTarget.Start, row => row.Status != OrchestrationRuntimeStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, WaitTarget.Completion, row => !row.IsLive || row.IsParked, getInputsAndOutputs, cancellation);

    public override async Task<IReadOnlyList<ActivityProgress>> GetProgressAsync(string instanceId, CancellationToken cancellation = default)
    {
        if (await Store.FindAsync(instanceId, cancellation).ConfigureAwait(false) is not { IsLive: true })
            return [];
        IReadOnlyList<ActivityProgress> progress = [];
        await grains.CallAsync(instanceId, async grain => progress = await grain.GetProgressAsync().ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return progress;
    }

    protected override Task DeliverAsync(string instanceId, HistoryEvent @event, CancellationToken cancellation) =>
        grains.CallAsync(instanceId, grain => grain.DeliverAsync(@event), cancellation);

    /// <summary>The child is created with its termination: it is over at once.</summary>
    protected override Task TerminateStartAsync(InstanceRecord parent, HistoryEvent call, HistoryEvent termination, CancellationToken cancellation)
    {
        var request = StartRequest.Of(parent, call) with { Termination = termination };
        return grains.CallAsync(call.InstanceId!, grain => grain.StartAsync(request), cancellation);
    }

    protected override async Task<bool> PurgeOneAsync(string instanceId, CancellationToken cancellation)
    {
        var isPurged = false;
        await grains.CallAsync(instanceId, async grain => isPurged = await grain.PurgeAsync().ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return isPurged;
    }

    private string? VersionOf(StartOrchestrationOptions? start)
    {
        var version = start?.Version is { } asked ? asked.Version : options.DefaultVersion;
        return string.IsNullOrEmpty(version) ? null : version;
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, WaitTarget target, Func<InstanceRecord, bool> isReached, bool withData, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, life.Stopping);
        for (var isConfirmed = false; ;)
        {
            var row = await Store.FindAsync(instanceId, end.Token).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"There is no instance '{instanceId}'.");
            // A row that says "parked" may be older than the repair: the instance itself has the last word.
            if (isReached(row) && (isConfirmed || !row.IsParked))
                return row.ToMetadata(withData, Converter);
            await grains.CallAsync(instanceId, async grain => isConfirmed = await grain.WaitAsync(target, LongestPoll).ConfigureAwait(false), end.Token).ConfigureAwait(false);
        }
    }
}
