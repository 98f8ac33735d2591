using KafkaBackup.Broker.Security;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers.Access;

/// <summary>Who asks, and what he may.</summary>
internal sealed class Asker(Authorizer authorizer, RequestContext context)
{
    /// <summary>The name of the one resource of its kind.</summary>
    public const string ClusterName = "kafka-cluster";

    public bool May(AclOperation operation, AclResourceType type, string name) =>
        authorizer.Allows(context.Session.Principal, context.ClientHost.TrimStart('/'), operation, type, name);

    public bool MayTopic(AclOperation operation, string topic) => May(operation, AclResourceType.Topic, topic);

    public bool MayGroup(AclOperation operation, string group) => May(operation, AclResourceType.Group, group);

    public bool MayCluster(AclOperation operation) => May(operation, AclResourceType.Cluster, ClusterName);
}
