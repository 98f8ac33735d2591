using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Security;

/// <summary>Which entries a filter covers. Source: KIP-290, and AclBindingFilter and ResourcePatternFilter of Kafka 2.4.</summary>
internal static class AclMatching
{
    private const string Everything = "*";

    public static bool Covers(this AclFilter filter, Acl entry) =>
        (filter.ResourceType == AclResourceType.Any || filter.ResourceType == entry.ResourceType)
        && filter.CoversPattern(entry)
        && (filter.Principal is null || filter.Principal == entry.Principal)
        && (filter.Host is null || filter.Host == entry.Host)
        && (filter.Operation == AclOperation.Any || filter.Operation == entry.Operation)
        && (filter.Permission == AclPermission.Any || filter.Permission == entry.Permission);

    private static bool CoversPattern(this AclFilter filter, Acl entry) => (filter.PatternType, filter.ResourceName) switch
    {
        (AclPatternType.Any or AclPatternType.Match, null) => true,
        (_, null) => filter.PatternType == entry.PatternType,
        (AclPatternType.Any, { } name) => name == entry.ResourceName,
        (AclPatternType.Match, { } name) => entry.HoldsFor(name),
        (var pattern, { } name) => pattern == entry.PatternType && name == entry.ResourceName,
    };

    /// <summary>Whether an entry's pattern holds for a resource of this name.</summary>
    public static bool HoldsFor(this Acl entry, string name) => entry.PatternType switch
    {
        AclPatternType.Prefixed => name.StartsWith(entry.ResourceName, StringComparison.Ordinal),
        _ => entry.ResourceName == name || entry.ResourceName == Everything,
    };
}
