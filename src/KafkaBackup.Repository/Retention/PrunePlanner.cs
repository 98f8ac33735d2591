using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Retention;

/// <summary>Finds what a policy keeps and removes. Nothing is changed.</summary>
internal static class PrunePlanner
{
    public static async Task<PrunePlan> PlanAsync(BackupRepository repository, RetentionPolicy policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var epochs = await ReadFactsAsync(repository, cancellationToken);
        var reasons = RetentionRules.Choose([.. epochs.Select(epoch => (epoch.Sequence, epoch.SealedAt))], policy);
        // Where there is a stub the removal was begun: no rule takes that back. Only a restore that was at work before delays it.
        await foreach (var begun in repository.ListPrunedAsync(cancellationToken))
        {
            if (epochs.Count > 0 && begun != epochs[^1].Sequence)
                reasons.Remove(begun);
        }

        foreach (var pin in await new RestorePins(repository.Store).ListAsync(now, cancellationToken))
        {
            if (epochs.Any(epoch => epoch.Sequence == pin.Epoch))
                (reasons.TryGetValue(pin.Epoch, out var there) ? there : reasons[pin.Epoch] = []).Add($"restore {pin.Restore}");
        }

        var needed = await NeededObjects.FindAsync(repository, epochs, reasons.Keys.ToHashSet(), cancellationToken);
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
        var unneeded = NamesOf(epochs, needed, reasons.ContainsKey);
        var names = NamesOf(epochs, needed, sequence => sequence == epochs[^1].Sequence);
        return new PrunePlan(
            [.. epochs.Where(epoch => reasons.ContainsKey(epoch.Sequence)).Select(epoch => new KeptEpoch(epoch.Sequence, epoch.SealedAt, reasons[epoch.Sequence]))],
            [.. epochs.Where(epoch => !reasons.ContainsKey(epoch.Sequence)).Select(epoch => new RemovedEpoch(epoch.Sequence, epoch.SealedAt))],
            unneeded.Count, needed.Objects.Values.Where(o => !reasons.ContainsKey(o.Needer)).Sum(o => o.Bytes), total) { Names = names };
    }

    /// <summary>What of the given objects no epoch leads to, or needs, as things are now.</summary>
    public static async Task<IReadOnlyList<string>> StillUnneededAsync(BackupRepository repository, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var epochs = await ReadFactsAsync(repository, cancellationToken);
        var needed = await NeededObjects.FindAsync(repository, epochs, epochs.Select(epoch => epoch.Sequence).ToHashSet(), cancellationToken);
        var keep = epochs.SelectMany(HashesOf).Select(RepositoryNames.List)
            .Concat(needed.Objects.Where(o => o.Value.Needer != NeededObjects.Nobody).SelectMany(o => NeededObjects.NamesOf(o.Key, o.Value)))
            .ToHashSet(StringComparer.Ordinal);
        return [.. names.Where(name => !keep.Contains(name))];
    }

    /// <summary>What of all that epochs lead to none of the given ones does, or needs: lists first.</summary>
    private static List<string> NamesOf(IReadOnlyList<EpochFacts> epochs, NeededObjects needed, Func<long, bool> isKept)
    {
        var kept = epochs.Where(epoch => isKept(epoch.Sequence)).SelectMany(HashesOf).ToHashSet(StringComparer.Ordinal);
        return [.. epochs.SelectMany(HashesOf).Distinct(StringComparer.Ordinal).Where(hash => !kept.Contains(hash)).Order(StringComparer.Ordinal).Select(RepositoryNames.List).Concat(needed.Unneeded(isKept))];
    }

    private static Task<IReadOnlyList<EpochFacts>> ReadFactsAsync(BackupRepository repository, CancellationToken cancellationToken) =>
        repository.ReadEpochsAsync(EpochFacts.Of, cancellationToken);

    private static IEnumerable<string> HashesOf(EpochFacts epoch) => epoch.Lists.Values.SelectMany(lists => lists.Lists);
}
