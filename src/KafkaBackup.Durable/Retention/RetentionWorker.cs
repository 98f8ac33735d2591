using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable;

/// <summary>Clears finished instances away, as the policy says: archived first, then purged. Several hosts may do it at once; the store's fence keeps them apart.</summary>
internal sealed class RetentionWorker(
    IHistoryStore store, DurableTaskClient client, DurableTaskOptions options, IEnumerable<IHistoryArchive> archives, ILogger<RetentionWorker> logger) : BackgroundService
{
    private static readonly OrchestrationRuntimeStatus[] Ended =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Retention is not { } policy)
            return;
        using var timer = new PeriodicTimer(options.RetentionInterval, options.TimeProvider);
        do
            await TryClearAsync(policy, stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryClearAsync(RetentionPolicy policy, CancellationToken stopping)
    {
        try
        {
            var (cleared, archived) = (0, 0);
            foreach (var excess in await ExcessAsync(policy, stopping))
            {
                if (await ClearAsync(excess, stopping) is not { } counts)
                    continue;
                cleared += counts.Cleared;
                archived += counts.Archived;
            }
            if (cleared > 0)
                logger.Cleared(cleared, archived);
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            logger.RetentionFailed(failure, options.TimeProvider.GetUtcNow() + options.RetentionInterval);
        }
    }

    /// <summary>The oldest first, so that a parent goes before its children, and takes them with it.</summary>
    private async Task<IReadOnlyList<InstanceRecord>> ExcessAsync(RetentionPolicy policy, CancellationToken stopping)
    {
        var endedBefore = options.TimeProvider.GetUtcNow() - policy.MaxAge;
        var excess = new List<InstanceRecord>();
        var kept = 0;
        await foreach (var row in ListAsync(new(Statuses: Ended), stopping))
        {
            if (row.UpdatedAt < endedBefore || kept >= policy.MaxCount)
                excess.Add(row);
            else
                kept++;
        }
        excess.Reverse();
        return excess;
    }

    private async Task<(int Cleared, int Archived)?> ClearAsync(InstanceRecord row, CancellationToken stopping)
    {
        if (await store.LoadAsync(row.Id, stopping) is not { } stored || stored.Instance.Version != row.Version)
            return null; // it went with its parent, or another host was faster
        var archived = 0;
        var children = await ChildrenAsync(row.Id, stopping);
        foreach (var child in children)
            archived += (await ClearAsync(child, stopping))?.Archived ?? 0;
        try
        {
            archived += await ArchiveAsync(stored, stopping) ? 1 : 0;
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            logger.ArchivingFailed(failure, row.Id);
            return null;
        }
        var purged = (await client.PurgeInstanceAsync(row.Id, null, stopping)).PurgedInstanceCount;
        return (purged + children.Count, archived);
    }

    /// <summary>The finished sub-orchestrations of all its runs, as far as their ids derive from its own.</summary>
    private async Task<IReadOnlyList<InstanceRecord>> ChildrenAsync(string id, CancellationToken stopping)
    {
        var children = new List<InstanceRecord>();
        await foreach (var row in ListAsync(new(Statuses: Ended, IdPrefix: $"{id}:"), stopping))
        {
            if (row.Parent?.InstanceId == id)
                children.Add(row);
        }
        return children;
    }

    private async Task<bool> ArchiveAsync(StoredInstance stored, CancellationToken stopping)
    {
        var isKept = false;
        foreach (var archive in archives)
            isKept |= await archive.KeepAsync(RecordedHistory.Of(stored.Instance.ToMetadata(true, options.DataConverter), stored.History), stopping);
        return isKept;
    }

    private async IAsyncEnumerable<InstanceRecord> ListAsync(InstanceFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stopping)
    {
        do
        {
            var page = await store.ListAsync(filter, stopping);
            foreach (var row in page.Values)
                yield return row;
            filter = filter with { ContinuationToken = page.ContinuationToken };
        }
        while (filter.ContinuationToken is not null);
    }
}
