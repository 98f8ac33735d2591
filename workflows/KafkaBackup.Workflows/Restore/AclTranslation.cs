using KafkaBackup.Kafka.Administration;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Restore;

/// <summary>The access control entries that a restore creates: a pure function of the epoch and of what is restored.</summary>
/// <param name="Entries">Those to create.</param>
/// <param name="LeftOut">Those that can't be said of renamed topics, each with the reason.</param>
internal sealed record AclTranslation(IReadOnlyList<AccessEntry> Entries, IReadOnlyList<string> LeftOut)
{
    /// <param name="acls">The epoch's.</param>
    /// <param name="scope">Which of them.</param>
    /// <param name="topics">Names of the topics restored, each with its name at the target.</param>
    /// <param name="groups">The groups restored.</param>
    public static AclTranslation Of(IEnumerable<AclEpoch> acls, AclScope scope, IReadOnlyDictionary<string, string> topics, IReadOnlyCollection<string> groups)
    {
        var entries = new List<AccessEntry>();
        var leftOut = new List<string>();
        var chosen = AclSelection.Choose(
            acls.Select(a => new AccessEntry(a.ResourceType, a.Resource, a.Pattern, a.Principal, a.Host, a.Operation, a.Permission)), scope, topics.Keys.ToList(), groups);
        foreach (var entry in chosen)
        {
            if (entry.ResourceType != AclSelection.Topic || entry.Resource == AclSelection.Everything)
                entries.Add(entry);
            else if (entry.Pattern != AclSelection.Prefixed)
                entries.Add(entry with { Resource = topics.GetValueOrDefault(entry.Resource, entry.Resource) });
            // A prefix says the same of the target's topics only if none of those that it holds for gets another name.
            else if (topics.FirstOrDefault(t => AclSelection.HoldsFor(entry, t.Key) && t.Key != t.Value) is { Key: { } renamed })
                leftOut.Add($"{AccessControl.Text(entry)}: it is about names that begin so, and topic '{renamed}' is renamed; create its like by hand");
            else
                entries.Add(entry);
        }

        return new AclTranslation(entries, leftOut);
    }
}
