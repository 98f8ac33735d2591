using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Quotas;

/// <summary>Whom a quota is for. Source: KIP-546.</summary>
/// <param name="User">A user's name, <see cref="Default"/>, or null: it does not matter who.</param>
/// <param name="Client">A client id, <see cref="Default"/>, or null alike.</param>
internal sealed record QuotaSubject(string? User, string? Client)
{
    /// <summary>Everybody who has no quota of his own. No user and no client can be called so: the name is empty.</summary>
    public const string Default = "";

    private const string UserType = "user";
    private const string ClientType = "client-id";

    /// <summary>Whom a request's entity names; null: it is none that there can be.</summary>
    public static QuotaSubject? Of(IReadOnlyList<QuotaEntity> entity)
    {
        var parts = entity.DistinctBy(part => part.EntityType).ToDictionary(part => part.EntityType, part => part.EntityName ?? Default);
        return parts.Count == entity.Count && parts.Count > 0 && parts.Keys.All(type => type is UserType or ClientType)
            ? new QuotaSubject(parts.GetValueOrDefault(UserType), parts.GetValueOrDefault(ClientType))
            : null;
    }

    /// <summary>Those whose quota may hold for a client, the most particular first. Source: the order of precedence in Kafka's documentation of quotas.</summary>
    public static IEnumerable<QuotaSubject> For(string user, string client) =>
    [
        new(user, client), new(user, Default), new(user, null),
        new(Default, client), new(Default, Default), new(Default, null),
        new(null, client), new(null, Default),
    ];

    public IReadOnlyList<QuotaEntity> ToEntity() =>
    [
        .. new[] { (UserType, Name: User), (ClientType, Name: Client) }.Where(part => part.Name is not null)
            .Select(part => new QuotaEntity { EntityType = part.Item1, EntityName = part.Name == Default ? null : part.Name }),
    ];

    /// <summary>Whether it is among those that are asked for.</summary>
    public bool IsMeant(IReadOnlyList<QuotaFilter> filters, bool strict)
    {
        var entity = ToEntity().ToDictionary(part => part.EntityType, part => part.EntityName);
        return filters.All(filter => entity.TryGetValue(filter.EntityType, out var name) && filter.MatchType switch
        {
            QuotaMatch.Exact => name == filter.Match,
            QuotaMatch.Default => name is null,
            _ => true,
        }) && (!strict || entity.Count == filters.Count);
    }
}
