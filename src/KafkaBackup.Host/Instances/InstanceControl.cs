using KafkaBackup.Durable;
using KafkaBackup.Host.Errors;

namespace KafkaBackup.Host.Instances;

/// <summary>Steers orchestrations through a client, on behalf of whom the client speaks for.</summary>
public sealed class InstanceControl(DurableTaskClient client, TimeProvider time) : IInstanceControl
{
    private static readonly PurgeInstanceOptions WithChildren = new(Recursive: true);

    /// <inheritdoc/>
    public async Task<InstanceView> SuspendAsync(string id, string? reason, CancellationToken cancellation)
    {
        await FindLiveAsync(id, "it can't be suspended", cancellation);
        await client.SuspendInstanceAsync(id, reason, cancellation);
        return await ShowAsync(id, cancellation);
    }

    /// <inheritdoc/>
    public async Task<InstanceView> ResumeAsync(string id, string? reason, CancellationToken cancellation)
    {
        await FindLiveAsync(id, "it can't be resumed", cancellation);
        await client.ResumeInstanceAsync(id, reason, cancellation);
        return await ShowAsync(id, cancellation);
    }

    /// <inheritdoc/>
    public async Task<InstanceView> TerminateAsync(string id, string? reason, bool isRecursive, CancellationToken cancellation)
    {
        // One that was terminated is taken again: its sub-orchestrations may have been missed.
        if (await FindAsync(id, cancellation) is { IsCompleted: true, RuntimeStatus: not OrchestrationRuntimeStatus.Terminated } over)
            throw Over(over, "there is nothing left to terminate");
        await client.TerminateInstanceAsync(id, new TerminateInstanceOptions(reason, isRecursive), cancellation);
        return await ShowAsync(id, cancellation);
    }

    /// <inheritdoc/>
    public async Task<PurgeReport> PurgeAsync(string id, CancellationToken cancellation)
    {
        var instance = await FindAsync(id, cancellation);
        if (!instance.IsCompleted)
            throw new InstanceRefusedException($"'{id}' is not over, it is {instance.RuntimeStatus}: 'kafka-backup terminate {id}' ends it, then it can be purged");
        return (await client.PurgeInstanceAsync(id, WithChildren, cancellation)).PurgedInstanceCount > 0
            ? new PurgeReport(false, [id])
            : throw new InstanceRefusedException($"'{id}' is kept: '{instance.ParentInstanceId}' has yet to hear how it ended; let that one go on, or purge it first");
    }

    /// <inheritdoc/>
    public async Task<PurgeReport> PurgeAsync(PurgeRequest request, CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - request.OlderThan;
        var instances = new List<string>();
        var statuses = request.Statuses.Count > 0 ? request.Statuses : InstanceStatuses.Over;
        await foreach (var instance in client.GetAllInstancesAsync(new OrchestrationQuery(Statuses: statuses)).WithCancellation(cancellation))
        {
            if (instance.LastUpdatedAt >= before || !instance.IsCompleted)
                continue;
            if (request.DryRun || (await client.PurgeInstanceAsync(instance.InstanceId, WithChildren, cancellation)).PurgedInstanceCount > 0)
                instances.Add(instance.InstanceId);
        }

        return new PurgeReport(request.DryRun, instances);
    }

    private static InstanceRefusedException Over(OrchestrationMetadata instance, string consequence) =>
        new($"'{instance.InstanceId}' is over, it is {instance.RuntimeStatus} since {instance.LastUpdatedAt:u}: {consequence}");

    private async Task FindLiveAsync(string id, string consequence, CancellationToken cancellation)
    {
        if (await FindAsync(id, cancellation) is { IsCompleted: true } over)
            throw Over(over, consequence);
    }

    private async Task<OrchestrationMetadata> FindAsync(string id, CancellationToken cancellation) =>
        await client.GetInstanceAsync(id, true, cancellation) ?? throw new InstanceNotFoundException(id);

    private async Task<InstanceView> ShowAsync(string id, CancellationToken cancellation) => InstanceView.Of(await FindAsync(id, cancellation), []);
}
