using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>Deletes instances that have ended, and only those that nobody waits for.</summary>
/// <param name="store">Where they are.</param>
/// <param name="purge">Deletes one that has ended; false if there is none.</param>
internal sealed class InstancePurge(IHistoryStore store, Func<string, CancellationToken, Task<bool>> purge)
{
    /// <returns>How many are gone.</returns>
    public async Task<int> InstanceAsync(string instanceId, bool isRecursive, CancellationToken cancellation)
    {
        if (await store.LoadAsync(instanceId, cancellation).ConfigureAwait(false) is not { Instance.IsLive: false } stored
            || await IsAwaitedAsync(stored.Instance, cancellation).ConfigureAwait(false))
            return 0;
        var purged = 0;
        foreach (var child in stored.History.Where(each => isRecursive && each.Type == HistoryEventType.SubOrchestrationInstanceCreated))
            purged += await InstanceAsync(child.InstanceId!, isRecursive, cancellation).ConfigureAwait(false);
        return purged + (await purge(instanceId, cancellation).ConfigureAwait(false) ? 1 : 0);
    }

    /// <inheritdoc cref="InstanceAsync"/>
    public async Task<int> AllAsync(PurgeInstancesFilter filter, bool isRecursive, CancellationToken cancellation)
    {
        var query = new InstanceFilter(filter.CreatedFrom, filter.CreatedTo, filter.Statuses?.ToArray());
        var purged = 0;
        do
        {
            var page = await store.ListAsync(query, cancellation).ConfigureAwait(false);
            foreach (var row in page.Values.Where(row => !row.IsLive))
                purged += await InstanceAsync(row.Id, isRecursive, cancellation).ConfigureAwait(false);
            query = query with { ContinuationToken = page.ContinuationToken };
        }
        while (query.ContinuationToken is not null);
        return purged;
    }

    /// <summary>Whether the instance that called this one has not heard yet how it ended: it would start it anew.</summary>
    private async Task<bool> IsAwaitedAsync(InstanceRecord row, CancellationToken cancellation)
    {
        if (row.Parent is not { } call || await store.FindAsync(call.InstanceId, cancellation).ConfigureAwait(false) is not { IsLive: true } parent || parent.Generation != call.Generation)
            return false;
        var stored = await store.LoadAsync(call.InstanceId, cancellation).ConfigureAwait(false);
        return stored is { Instance.IsLive: true } && stored.Instance.Generation == call.Generation && new OpenWork(stored.History).Find(call.TaskId) is not null;
    }
}
