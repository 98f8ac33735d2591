using System.Runtime.CompilerServices;
using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable;

/// <summary>
/// Clears finished instances away, as the policy of the options says: archived first, then purged. Several hosts may do it at once; the store's fence keeps them
/// apart. Safe for use from several threads.
/// </summary>
public sealed class HistoryRetention
{
    private static readonly OrchestrationRuntimeStatus[] Ended =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    private readonly IHistoryStore store;
    private readonly DurableTaskClient client;
    private readonly DurableTaskOptions options;
    private readonly IEnumerable<IHistoryArchive> archives;
    private readonly ILogger logger;

    internal HistoryRetention(
        IHistoryStore store, DurableTaskClient client, DurableTaskOptions options, IEnumerable<IHistoryArchive> archives, ILogger<HistoryRetention> logger) =>
        (this.store, this.client, this.options, this.archives, this.logger) = (store, client, options, archives, logger);

    /// <summary>Does it once. What can't be archived is logged and kept.</summary>
    /// <returns>How many instances are gone, sub-orchestrations counted.</returns>
    public async Task<int> ClearAsync(CancellationToken cancellation)
    {
        if (options.Retention is not { } policy)
            return 0;
        var (cleared, archived) = (0, 0);
        foreach (var excess in await ExcessAsync(policy, cancellation))
        {
            if (await ClearAsync(excess, cancellation) is not { } counts)
                continue;
            cleared += counts.Cleared;
            archived += counts.Archived;
        }
        if (cleared > 0)
            logger.Cleared(cleared, archived);
        return cleared;
    }

    /// <summary>The oldest first, so that a parent goes before its children, and takes them with it.</summary>
    private async Task<IReadOnlyList<InstanceRecord>> ExcessAsync(RetentionPolicy policy, CancellationToken cancellation)
    {
        var endedBefore = options.TimeProvider.GetUtcNow() - policy.MaxAge;
        var excess = new List<InstanceRecord>();
        var kept = 0;
        await foreach (var row in ListAsync(new(Statuses: Ended), cancellation))
        {
            if (row.UpdatedAt < endedBefore || kept >= policy.MaxCount)
                excess.Add(row);
            else
                kept++;
        }
        excess.Reverse();
        return excess;
    }

    private async Task<(int Cleared, int Archived)?> ClearAsync(InstanceRecord row, CancellationToken cancellation)
    {
        if (await store.LoadAsync(row.Id, cancellation) is not { } stored || stored.Instance.Version != row.Version)
            return null; // it went with its parent, or another host was faster
        var archived = 0;
        var children = await ChildrenAsync(row.Id, cancellation);
        foreach (var child in children)
            archived += (await ClearAsync(child, cancellation))?.Archived ?? 0;
        try
        {
            archived += await ArchiveAsync(stored, cancellation) ? 1 : 0;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            logger.ArchivingFailed(failure, row.Id);
            return null;
        }
        var purged = (await client.PurgeInstanceAsync(row.Id, null, cancellation)).PurgedInstanceCount;
        return (purged + children.Count, archived);
    }

    /// <summary>The finished sub-orchestrations of all its runs, as far as their ids derive from its own.</summary>
    private async Task<IReadOnlyList<InstanceRecord>> ChildrenAsync(string id, CancellationToken cancellation)
    {
        var children = new List<InstanceRecord>();
        await foreach (var row in ListAsync(new(Statuses: Ended, IdPrefix: $"{id}:"), cancellation))
        {
            if (row.Parent?.InstanceId == id)
                children.Add(row);
        }
        return children;
    }

    private async Task<bool> ArchiveAsync(StoredInstance stored, CancellationToken cancellation)
    {
        var isKept = false;
        foreach (var archive in archives)
            isKept |= await archive.KeepAsync(RecordedHistory.Of(stored.Instance.ToMetadata(true, options.DataConverter), stored.History), cancellation);
        return isKept;
    }

    private async IAsyncEnumerable<InstanceRecord> ListAsync(InstanceFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        do
        {
            var page = await store.ListAsync(filter, cancellation);
            foreach (var row in page.Values)
                yield return row;
            filter = filter with { ContinuationToken = page.ContinuationToken };
        }
        while (filter.ContinuationToken is not null);
    }
}
