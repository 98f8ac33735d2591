using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>What clients over a store have in common: they read what is committed, and turn what is asked for into events.</summary>
internal abstract class StoreClient(IHistoryStore store, DataConverter converter, SecretGuard secrets) : DurableTaskClient
{
    public string? Requester { get; protected init; }

    protected IHistoryStore Store => store;

    protected DataConverter Converter => converter;

    protected SecretGuard Secrets => secrets;

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        var json = secrets.Verify(converter.Serialize(eventPayload), $"Event {eventName}");
        secrets.Verify(eventName, "The name of an event");
        return SendAsync(instanceId, new() { Type = HistoryEventType.EventRaised, Name = eventName, Input = json }, cancellation);
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new() { Type = HistoryEventType.ExecutionSuspended, Reason = reason }, cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, new() { Type = HistoryEventType.ExecutionResumed, Reason = reason }, cancellation);

    public override async Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        var termination = new HistoryEvent
        {
            Type = HistoryEventType.ExecutionTerminated,
            Output = secrets.Verify(converter.Serialize(options?.Output), "The output of the termination"),
            RequestedBy = Requester,
        };
        await SendAsync(instanceId, termination, cancellation).ConfigureAwait(false);
        if (options is not { Recursive: true } || await store.LoadAsync(instanceId, cancellation).ConfigureAwait(false) is not { } stored)
            return;
        foreach (var call in new OpenWork(stored.History).All.Select(task => task.Call).Where(call => call.InstanceId is not null))
        {
            await TerminateStartAsync(stored.Instance, call, termination, cancellation).ConfigureAwait(false);
            await TerminateInstanceAsync(call.InstanceId!, options, cancellation).ConfigureAwait(false);
        }
    }

    public override async Task<OrchestrationMetadata?> GetInstanceAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        (await store.FindAsync(instanceId, cancellation).ConfigureAwait(false))?.ToMetadata(getInputsAndOutputs, converter);

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) => store.Query(filter ?? new(), converter);

    public override async Task<PurgeResult> PurgeInstanceAsync(string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        new(await Purge.InstanceAsync(instanceId, options is { Recursive: true }, cancellation).ConfigureAwait(false));

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default) =>
        new(await Purge.AllAsync(filter, options is { Recursive: true }, cancellation).ConfigureAwait(false));

    public override async Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellation = default) =>
        (await store.LoadAsync(instanceId, cancellation).ConfigureAwait(false))?.History ?? [];

    /// <summary>Has an instance take an event; done once it is durable. One that is not there ignores it.</summary>
    protected abstract Task DeliverAsync(string instanceId, HistoryEvent @event, CancellationToken cancellation);

    /// <summary>Sees to it that a child whose start may still be on the way is over once it is created.</summary>
    protected abstract Task TerminateStartAsync(InstanceRecord parent, HistoryEvent call, HistoryEvent termination, CancellationToken cancellation);

    /// <summary>Deletes one instance that has ended.</summary>
    /// <returns>False if there is none, or it has not ended.</returns>
    protected abstract Task<bool> PurgeOneAsync(string instanceId, CancellationToken cancellation);

    private InstancePurge Purge => new(store, PurgeOneAsync);

    private Task SendAsync(string instanceId, HistoryEvent @event, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return DeliverAsync(instanceId, @event with { RequestedBy = Requester, Reason = @event.Reason is { } reason ? secrets.Clean(reason) : null }, cancellation);
    }
}
