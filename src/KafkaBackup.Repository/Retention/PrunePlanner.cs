using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Retention;

/// <summary>Finds what a policy keeps and removes. Nothing is changed.</summary>
internal static class PrunePlanner
{
    public static Task<PrunePlan> PlanAsync(BackupRepository repository, RetentionPolicy policy, DateTimeOffset now, CancellationToken cancellationToken) =>
        WithUsesAsync(repository, now, uses => PlanAsync(repository, uses, policy, cancellationToken), cancellationToken);

    /// <summary>What of the given objects no epoch leads to, or needs, as things are now.</summary>
    /// <returns>Their names, and whether all of the others are needed by whoever begins now: if not, some are kept for somebody alone who began before a merge.</returns>
    public static Task<(IReadOnlyList<string> Unneeded, bool IsRestOfNow)> StillUnneededAsync(
        BackupRepository repository, IReadOnlyList<string> names, DateTimeOffset now, CancellationToken cancellationToken) => WithUsesAsync(repository, now, async uses =>
        {
            var needed = await NeededObjects.FindAsync(repository, uses, uses.Epochs.Select(epoch => epoch.Sequence).ToHashSet(), cancellationToken);
            var kept = new Dictionary<string, bool>(StringComparer.Ordinal);
            foreach (var (hash, users) in uses.Uses.Where(list => list.Value.Count > 0))
                kept[RepositoryNames.List(hash)] = users.Exists(use => use.IsOfNow);
            foreach (var (name, usage) in needed.Objects.Where(o => o.Value.Needer != NeededObjects.Nobody).SelectMany(o => NeededObjects.NamesOf(o.Key, o.Value).Select(name => (name, o.Value))))
                kept[name] = usage.IsOfNow || kept.GetValueOrDefault(name);
            return ((IReadOnlyList<string>)[.. names.Where(name => !kept.ContainsKey(name))], !names.Any(name => kept.TryGetValue(name, out var isOfNow) && !isOfNow));
        }, cancellationToken);

    private static async Task<PrunePlan> PlanAsync(BackupRepository repository, ListUses uses, RetentionPolicy policy, CancellationToken cancellationToken)
    {
        var epochs = uses.Epochs;
        var reasons = RetentionRules.Choose([.. epochs.Select(epoch => (epoch.Sequence, epoch.SealedAt))], policy);
        // Where there is a stub the removal was begun: no rule takes that back. Only a restore that was at work before delays it.
        await foreach (var begun in repository.ListPrunedAsync(cancellationToken))
        {
            if (epochs.Count > 0 && begun != epochs[^1].Sequence)
                reasons.Remove(begun);
        }

        foreach (var pin in uses.Pins)
        {
            if (epochs.Any(epoch => epoch.Sequence == pin.Epoch))
                (reasons.TryGetValue(pin.Epoch, out var there) ? there : reasons[pin.Epoch] = []).Add($"restore {pin.Restore}");
        }

        var needed = await NeededObjects.FindAsync(repository, uses, reasons.Keys.ToHashSet(), cancellationToken);
        var bytes = needed.Objects.Values.GroupBy(o => o.Needer).ToDictionary(o => o.Key, o => o.Sum(x => x.Bytes));
        var total = bytes.Where(needer => needer.Key != NeededObjects.Nobody).Sum(needer => needer.Value);
        foreach (var oldest in reasons.ToList())
        {
            // The newest stays, whatever its size; an epoch that is being restored stays, and those above it with it.
            if (policy.MaxBytes is not { } most || total <= most || oldest.Key == epochs[^1].Sequence || oldest.Value.Exists(r => r.StartsWith("restore ", StringComparison.Ordinal)))
                break;
            reasons.Remove(oldest.Key);
            total -= bytes.GetValueOrDefault(oldest.Key);
        }

        // An epoch that this plan keeps may be removed by another prune meanwhile, and that one may count on an epoch that goes here: so each of them writes down all that may go, and
        // the later one finds that nobody needs it any more. Only what the newest epoch needs is of no interest: whoever removes that one plans anew.
        var unneeded = NamesOf(uses, needed, reasons.ContainsKey);
        var names = NamesOf(uses, needed, sequence => sequence == epochs[^1].Sequence);
        return new PrunePlan(
            [.. epochs.Where(epoch => reasons.ContainsKey(epoch.Sequence)).Select(epoch => new KeptEpoch(epoch.Sequence, epoch.SealedAt, reasons[epoch.Sequence]))],
            [.. epochs.Where(epoch => !reasons.ContainsKey(epoch.Sequence)).Select(epoch => new RemovedEpoch(epoch.Sequence, epoch.SealedAt))],
            unneeded.Count, needed.Objects.Values.Where(o => !reasons.ContainsKey(o.Needer)).Sum(o => o.Bytes), total) { Names = names };
    }

    /// <summary>What of all that is led to none of the given epochs leads to, or needs: lists first.</summary>
    private static List<string> NamesOf(ListUses uses, NeededObjects needed, Func<long, bool> isKept) =>
    [
        .. uses.Uses.Where(list => !list.Value.Exists(use => isKept(use.Epoch))).Select(list => list.Key).Order(StringComparer.Ordinal).Select(RepositoryNames.List),
        .. needed.Unneeded(isKept),
    ];

    /// <summary>
    /// Calculates with the lists as they are used now. If one is gone by which an epoch could be read, another prune was faster, which knew of a later merge or epoch, or of the end of a restore:
    /// then once more.
    /// </summary>
    private static async Task<T> WithUsesAsync<T>(BackupRepository repository, DateTimeOffset now, Func<ListUses, Task<T>> calculate, CancellationToken cancellationToken)
    {
        while (true)
        {
            var uses = await ListUses.ReadAsync(repository, now, cancellationToken);
            try
            {
                return await calculate(uses);
            }
            catch (DamagedObjectException e) when (e.InnerException is ObjectNotFoundException)
            {
                if ((await ListUses.ReadAsync(repository, now, cancellationToken)).AreAs(uses))
                    throw;
            }
        }
    }
}
