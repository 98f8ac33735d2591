using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Administration;

/// <summary>A quota that holds for our connections, each broker counting for itself.</summary>
/// <param name="Key">Such as producer_byte_rate or consumer_byte_rate, in bytes a second, or request_percentage.</param>
/// <param name="Value">The quota.</param>
/// <param name="HoldsFor">For whom it was set, such as "client-id kafka-backup" or "default user".</param>
public sealed record ClientQuota(string Key, double Value, string HoldsFor);

/// <summary>The quotas that hold for our connections, as far as they can be known.</summary>
/// <param name="Quotas">At most one of each key, ordered by key.</param>
/// <param name="Unknown">What is not known of them, and why; null where all is.</param>
public sealed record ClientQuotaView(IReadOnlyList<ClientQuota> Quotas, string? Unknown);

/// <summary>
/// Asks which client quotas hold for our own connections: the brokers' throttle times alone do not tell whose quota it is that holds a run
/// back. On the raw wire, for the named client can't ask for them.
/// </summary>
public sealed class ClientQuotas(ClusterClient cluster)
{
    private const string UserType = "user";
    private const string ClientType = "client-id";

    /// <summary>The quotas of some keys. That they can't be read stops nobody: the view says so.</summary>
    public async Task<ClientQuotaView> ReadAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation)
    {
        try
        {
            var entries = await cluster.RetryAsync("read the client quotas", () => AskAsync(cancellation), cancellation);
            var user = cluster.Options.Security.User;
            return new ClientQuotaView(
                [.. keys.Order(StringComparer.Ordinal).Select(key => Find(entries, key, user, cluster.Options.ClientId)).OfType<ClientQuota>()],
                user is null ? "the brokers make the user's name out of what it proves itself by: quotas of single users are not looked at" : null);
        }
        catch (ClusterException e) when (e is BrokerErrorException or UnsupportedBrokerException)
        {
            return new ClientQuotaView([], e.Message);
        }
    }

    private Task<IReadOnlyList<DescribedQuota>> AskAsync(CancellationToken cancellation) => cluster.AskAnyAsync<IReadOnlyList<DescribedQuota>>(
        async broker =>
        {
            broker.Capabilities.Require(Capability.ClientQuotas, "Telling client quotas");
            using var lease = await broker.SendAsync(new DescribeClientQuotasRequest(), cancellation);
            return lease.Response.ErrorCode == ErrorCode.None
                ? lease.Response.Entries ?? []
                : throw new BrokerErrorException(lease.Response.ErrorCode, ApiKey.DescribeClientQuotas, "the cluster", lease.Response.ErrorMessage);
        },
        cancellation);

    private static ClientQuota? Find(IReadOnlyList<DescribedQuota> entries, string key, string? user, string client)
    {
        foreach (var subject in Precedence(user, client))
        {
            var values = entries.Where(entry => subject.ToHashSet().SetEquals(entry.Entity.Select(part => (part.EntityType, part.EntityName)))).SelectMany(entry => entry.Values);
            if (values.FirstOrDefault(value => value.Key == key) is { } quota)
                return new ClientQuota(key, quota.Value, string.Join(" and ", subject.Select(part => part.Name is { } name ? $"{part.Type} {name}" : $"default {part.Type}")));
        }

        return null;
    }

    /// <summary>For whom a quota may be set that holds for a client, the most particular first; a part without a name is the default. Source: the order of precedence in Kafka's documentation of quotas.</summary>
    private static IEnumerable<(string Type, string? Name)[]> Precedence(string? user, string client)
    {
        if (user is not null)
        {
            yield return [(UserType, user), (ClientType, client)];
            yield return [(UserType, user), (ClientType, null)];
            yield return [(UserType, user)];
        }

        yield return [(UserType, null), (ClientType, client)];
        yield return [(UserType, null), (ClientType, null)];
        yield return [(UserType, null)];
        yield return [(ClientType, client)];
        yield return [(ClientType, null)];
    }
}
