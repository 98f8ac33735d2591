using System.Text.Json;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Administration;

/// <summary>An access control entry in Kafka's own words, as its tools print them: TOPIC, orders, LITERAL, User:alice, *, READ, ALLOW.</summary>
/// <param name="ResourceType">TOPIC, GROUP, CLUSTER or TRANSACTIONAL_ID.</param>
/// <param name="Resource">The resource's name, or what it begins with; <c>*</c> is every name.</param>
/// <param name="Pattern">LITERAL or PREFIXED.</param>
/// <param name="Principal">Such as <c>User:alice</c>.</param>
/// <param name="Host">An address, or <c>*</c>.</param>
/// <param name="Operation">Such as READ or DESCRIBE_CONFIGS; its number where there is no word for it here.</param>
/// <param name="Permission">ALLOW or DENY.</param>
public sealed record AccessEntry(string ResourceType, string Resource, string Pattern, string Principal, string Host, string Operation, string Permission);

/// <summary>
/// Reads and creates access control entries, on the raw wire: Confluent.Kafka 2.16 gives an empty list where a broker answers with an error, so that
/// a missing right would look like a cluster without entries. Entries of users and delegation tokens, which are no part of a backup, are not read.
/// </summary>
public sealed class AccessControl(ClusterClient cluster)
{
    private const int CreatedAtOnce = 200;

    private static readonly AclResourceType[] Types = [AclResourceType.Topic, AclResourceType.Group, AclResourceType.Cluster, AclResourceType.TransactionalId];

    /// <summary>All entries, ordered by their words; null where the cluster has no access control.</summary>
    /// <exception cref="BrokerErrorException">A broker refused; with <see cref="ErrorCode.ClusterAuthorizationFailed"/>, the right to describe the cluster is missing.</exception>
    public Task<IReadOnlyList<AccessEntry>?> ReadAsync(CancellationToken cancellation) =>
        cluster.RetryAsync("read the access control entries", () => AskAsync(cancellation), cancellation);

    /// <summary>Creates entries; one that is there already stays, and is no error.</summary>
    /// <exception cref="BrokerErrorException">A broker refused one of them; those before it may have been created.</exception>
    public async Task CreateAsync(IReadOnlyCollection<AccessEntry> entries, CancellationToken cancellation)
    {
        foreach (var some in entries.Chunk(CreatedAtOnce))
            await cluster.RetryAsync("create access control entries", () => TellAsync(some, cancellation), cancellation);
    }

    private async Task<IReadOnlyList<AccessEntry>?> AskAsync(CancellationToken cancellation)
    {
        var entries = new List<AccessEntry>();
        // Type by type: a broker that holds entries of a type newer than the request can't answer for all of them at once.
        foreach (var type in Types)
        {
            var request = new DescribeAclsRequest { Filter = new AclFilter { ResourceType = type, PatternType = AclPatternType.Any } };
            using var lease = await cluster.AskAnyAsync(broker => broker.SendAsync(request, cancellation), cancellation);
            if (lease.Response.ErrorCode == ErrorCode.SecurityDisabled)
                return null;
            Check(lease.Response.ErrorCode, ApiKey.DescribeAcls, "the cluster", lease.Response.ErrorMessage);
            entries.AddRange(lease.Response.Resources.SelectMany(resource => resource.Acls.Select(acl => new AccessEntry(
                Word(resource.ResourceType), resource.ResourceName, Word(resource.PatternType), acl.Principal, acl.Host, Word(acl.Operation), Word(acl.Permission)))));
        }

        return [.. entries.OrderBy(e => e.ResourceType, StringComparer.Ordinal).ThenBy(e => e.Resource, StringComparer.Ordinal).ThenBy(e => e.Pattern, StringComparer.Ordinal)
            .ThenBy(e => e.Principal, StringComparer.Ordinal).ThenBy(e => e.Host, StringComparer.Ordinal).ThenBy(e => e.Operation, StringComparer.Ordinal)
            .ThenBy(e => e.Permission, StringComparer.Ordinal)];
    }

    private async Task<bool> TellAsync(IReadOnlyList<AccessEntry> entries, CancellationToken cancellation)
    {
        var request = new CreateAclsRequest { Creations = [.. entries.Select(ToWire)] };
        using var lease = await cluster.AskAnyAsync(broker => broker.SendAsync(request, cancellation), cancellation);
        foreach (var (entry, result) in entries.Zip(lease.Response.Results))
            Check(result.ErrorCode, ApiKey.CreateAcls, Text(entry), result.ErrorMessage);
        return true;
    }

    /// <summary>An entry as a line for people.</summary>
    public static string Text(AccessEntry entry) =>
        $"{entry.Permission} {entry.Principal} {entry.Operation} on {entry.ResourceType} {(entry.Pattern == Word(AclPatternType.Prefixed) ? $"{entry.Resource}…" : entry.Resource)} from {entry.Host}";

    private static Acl ToWire(AccessEntry entry) => new()
    {
        ResourceType = Number<AclResourceType>(entry.ResourceType),
        ResourceName = entry.Resource,
        PatternType = Number<AclPatternType>(entry.Pattern),
        Principal = entry.Principal,
        Host = entry.Host,
        Operation = Number<AclOperation>(entry.Operation),
        Permission = Number<AclPermission>(entry.Permission),
    };

    // A number that has no name here is its own word, and comes back as itself.
    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString());

    private static T Number<T>(string word)
        where T : struct, Enum => Enum.Parse<T>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static void Check(ErrorCode code, ApiKey api, string subject, string? message)
    {
        if (code != ErrorCode.None)
            throw new BrokerErrorException(code, api, subject, message);
    }
}
