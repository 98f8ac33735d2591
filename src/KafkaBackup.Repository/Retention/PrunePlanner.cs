using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Retention;

/// <summary>Finds what a policy keeps and removes. Nothing is changed.</summary>
internal static class PrunePlanner
{
    public static async Task<PrunePlan> PlanAsync(BackupRepository repository, RetentionPolicy policy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var uses = await ListUses.ReadAsync(repository, now, cancellationToken);
        var epochs = uses.Epochs;
        var reasons = RetentionRules.Choose([.. epochs.Select(epoch => (epoch.Sequence, epoch.SealedAt))], policy);
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

        var names = uses.Uses.Where(list => !list.Value.Exists(use => reasons.ContainsKey(use.Epoch))).Select(list => list.Key).Order(StringComparer.Ordinal).Select(RepositoryNames.List)
            .Concat(needed.Unneeded(reasons.ContainsKey)).ToList();
        return new PrunePlan(
            [.. epochs.Where(epoch => reasons.ContainsKey(epoch.Sequence)).Select(epoch => new KeptEpoch(epoch.Sequence, epoch.SealedAt, reasons[epoch.Sequence]))],
            [.. epochs.Where(epoch => !reasons.ContainsKey(epoch.Sequence)).Select(epoch => new RemovedEpoch(epoch.Sequence, epoch.SealedAt))],
            names.Count, needed.Objects.Values.Where(o => !reasons.ContainsKey(o.Needer)).Sum(o => o.Bytes), total) { Names = names };
    }

    /// <summary>What of the given objects no epoch leads to, or needs, as things are now.</summary>
    public static async Task<IReadOnlyList<string>> StillUnneededAsync(
        BackupRepository repository, IReadOnlyList<string> names, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var uses = await ListUses.ReadAsync(repository, now, cancellationToken);
        var needed = await NeededObjects.FindAsync(repository, uses, uses.Epochs.Select(epoch => epoch.Sequence).ToHashSet(), cancellationToken);
        var keep = uses.Uses.Where(list => list.Value.Count > 0).Select(list => RepositoryNames.List(list.Key))
            .Concat(needed.Objects.Where(o => o.Value.Needer != NeededObjects.Nobody).SelectMany(o => NeededObjects.NamesOf(o.Key, o.Value)))
            .ToHashSet(StringComparer.Ordinal);
        return [.. names.Where(name => !keep.Contains(name))];
    }
}
