using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Verification;

/// <summary>What of an epoch can still be restored, by what a verification found.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="IsReadable">Whether its manifest can be read; if not, nothing of it can be restored.</param>
/// <param name="Lost">What can't be restored of it, as <c>topic-partition [from, to)</c> or a topic's name; none if all can.</param>
public sealed record EpochRestorability(long Epoch, bool IsReadable, IReadOnlyList<string> Lost);

/// <summary>Finds out what damage means for each epoch.</summary>
internal static class Restorability
{
    /// <param name="epochs">The epochs that should be there; the manifest of one that can't be read is null.</param>
    /// <param name="findings">What was found.</param>
    public static IReadOnlyList<EpochRestorability> Of(IEnumerable<(long Sequence, Epoch? Epoch)> epochs, IReadOnlyList<VerificationFinding> findings)
    {
        // Indexes can be computed again, and a restore does not read them.
        var damage = findings.Where(finding => finding.Topic is not null && !finding.Object.EndsWith("index", StringComparison.Ordinal)).ToList();
        return [.. epochs.Select(epoch => epoch.Epoch is { } there
            ? new EpochRestorability(epoch.Sequence, true, [.. there.Core.Topics.SelectMany(topic => Lost(there, topic, damage)).Distinct(StringComparer.Ordinal)])
            : new EpochRestorability(epoch.Sequence, false, []))];
    }

    private static IEnumerable<string> Lost(Epoch epoch, TopicEpoch topic, List<VerificationFinding> damage)
    {
        foreach (var found in damage.Where(found => found.Topic == topic.Name && found.Epoch <= epoch.Sequence))
        {
            if (found.Partition is not { } number || found.From is not { } from || found.To is not { } to)
                yield return topic.Name;
            else if (topic.Partitions.FirstOrDefault(p => p.Partition == number) is { } partition && from < partition.To && to > partition.LogStart)
                yield return $"{topic.Name}-{number} [{Math.Max(from, partition.LogStart)}, {Math.Min(to, partition.To)})";
        }
    }
}
