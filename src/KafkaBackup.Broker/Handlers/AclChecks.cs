using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>What can be wrong with an access control entry. Source: KafkaApis.handleCreateAcls of Kafka 2.4.</summary>
internal static class AclChecks
{
    public const string NoAuthorizer = "No Authorizer is configured on the broker";

    /// <summary>The name of the one resource of its kind.</summary>
    private const string ClusterName = "kafka-cluster";

    /// <summary>What is wrong with an entry to be created; null: nothing.</summary>
    public static string? Find(Acl entry) => entry switch
    {
        { ResourceType: AclResourceType.Unknown or AclResourceType.Any } => "Invalid resource type",
        { PatternType: not (AclPatternType.Literal or AclPatternType.Prefixed) } => "Invalid pattern type",
        { Operation: AclOperation.Unknown or AclOperation.Any } => "Invalid operation",
        { Permission: AclPermission.Unknown or AclPermission.Any } => "Invalid permission type",
        { ResourceName: "" } => "Invalid empty resource name",
        { ResourceType: AclResourceType.Cluster, ResourceName: not ClusterName } => $"The only valid name for the CLUSTER resource is {ClusterName}",
        _ when entry.Principal.IndexOf(':') < 1 => $"Invalid principal \"{entry.Principal}\": it is TYPE:NAME",
        _ => null,
    };
}
