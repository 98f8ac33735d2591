using System.Text.Json;
using System.Text.Json.Serialization;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.State;

/// <summary>`topics.json`: what the log folders do not say of their topics.</summary>
internal sealed record TopicsFile(IReadOnlyList<TopicState> Topics);

/// <summary>A topic in `topics.json`.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id.</param>
/// <param name="Partitions">How many it has.</param>
/// <param name="Configs">Its own configuration entries.</param>
/// <param name="Replicas">For each partition the nodes that it lies on; null: not known.</param>
/// <param name="Leaders">For each partition the node that leads it, or -1; null: not known.</param>
internal sealed record TopicState(
    string Name,
    Guid Id,
    int Partitions,
    IReadOnlyDictionary<string, string> Configs,
    IReadOnlyList<IReadOnlyList<int>>? Replicas = null,
    IReadOnlyList<int>? Leaders = null);

/// <summary>A line of `group-offsets.jsonl`: a commit; with an offset of -1 its removal; without a topic the group's protocol type, as metadata.</summary>
/// <param name="Group">The group id.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The committed offset; -1: removed.</param>
/// <param name="LeaderEpoch">The committed leader epoch; -1 where unknown.</param>
/// <param name="Metadata">The committed metadata.</param>
/// <param name="Time">When, in milliseconds since 1970.</param>
internal sealed record OffsetLine(string Group, string Topic, int Partition, long Offset, int LeaderEpoch, string? Metadata, long Time);

/// <summary>A line of `transactions.jsonl`: a transactional id as it was from then on.</summary>
/// <param name="Id">The transactional id.</param>
/// <param name="ProducerId">Its producer id.</param>
/// <param name="Epoch">Its producer's epoch.</param>
/// <param name="TimeoutMs">After how long an open transaction is aborted.</param>
/// <param name="State">Where it stands.</param>
/// <param name="StartedMs">When the open transaction began, in milliseconds since 1970.</param>
/// <param name="Partitions">The open transaction's partitions, as "topic-partition".</param>
/// <param name="Offsets">The offsets that it will commit.</param>
internal sealed record TransactionLine(
    string Id,
    long ProducerId,
    short Epoch,
    int TimeoutMs,
    string State,
    long StartedMs,
    IReadOnlyList<string> Partitions,
    IReadOnlyList<OffsetLine> Offsets);

/// <summary>`acls.json`: the access control entries.</summary>
internal sealed record AclsFile(IReadOnlyList<AclState> Acls);

/// <summary>An entry in `acls.json`.</summary>
internal sealed record AclState(
    AclResourceType ResourceType, string ResourceName, AclPatternType PatternType, string Principal, string Host, AclOperation Operation, AclPermission Permission)
{
    public static AclState Of(Acl acl) => new(acl.ResourceType, acl.ResourceName, acl.PatternType, acl.Principal, acl.Host, acl.Operation, acl.Permission);

    public Acl ToAcl() => new()
    {
        ResourceType = ResourceType,
        ResourceName = ResourceName,
        PatternType = PatternType,
        Principal = Principal,
        Host = Host,
        Operation = Operation,
        Permission = Permission,
    };
}

/// <summary>`quotas.json`.</summary>
internal sealed record QuotasFile(IReadOnlyList<QuotaState> Quotas);

/// <summary>Somebody's quotas.</summary>
/// <param name="User">A user; empty: every user without quotas of his own; null: it does not matter who.</param>
/// <param name="Client">A client id alike.</param>
/// <param name="Values">The quotas by their names.</param>
internal sealed record QuotaState(string? User, string? Client, IReadOnlyDictionary<string, double> Values);

/// <summary>How the state files are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AclsFile))]
[JsonSerializable(typeof(TopicsFile))]
[JsonSerializable(typeof(OffsetLine))]
[JsonSerializable(typeof(TransactionLine))]
[JsonSerializable(typeof(QuotasFile))]
internal sealed partial class StateJson : JsonSerializerContext;
