using KafkaBackup.Kafka.Administration;

namespace KafkaBackup.Workflows.Selection;

/// <summary>Which access control entries hold for what is backed up, or restored. Source of the patterns: KIP-290.</summary>
internal static class AclSelection
{
    public const string Topic = "TOPIC";
    public const string Group = "GROUP";
    public const string Prefixed = "PREFIXED";
    public const string Everything = "*";

    public static IReadOnlyList<AccessEntry> Choose(
        IEnumerable<AccessEntry> entries, AclScope scope, IReadOnlyCollection<string> topics, IReadOnlyCollection<string> groups) =>
    [
        .. entries.Where(entry => scope switch
        {
            AclScope.All => true,
            AclScope.Matching => entry.ResourceType switch
            {
                Topic => topics.Any(name => HoldsFor(entry, name)),
                Group => groups.Any(name => HoldsFor(entry, name)),
                _ => false,
            },
            _ => false,
        }),
    ];

    /// <summary>Whether an entry's pattern holds for a resource of this name.</summary>
    public static bool HoldsFor(AccessEntry entry, string name) => entry.Pattern == Prefixed
        ? name.StartsWith(entry.Resource, StringComparison.Ordinal)
        : entry.Resource == name || entry.Resource == Everything;
}
