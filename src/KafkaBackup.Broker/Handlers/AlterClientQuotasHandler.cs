using KafkaBackup.Broker.Quotas;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Sets and removes quotas of users and clients.</summary>
internal sealed class AlterClientQuotasHandler(BrokerCore broker) : Handler<AlterClientQuotasRequest, AlterClientQuotasResponse>
{
    protected override AlterClientQuotasResponse Handle(AlterClientQuotasRequest request, RequestContext context) => new()
    {
        Entries = [.. request.Entries.Select(entry => Alter(entry, request.ValidateOnly))],
    };

    private AlteredQuota Alter(AlterQuota entry, bool validateOnly)
    {
        if (QuotaSubject.Of(entry.Entity) is not { } subject)
            return Refuse(entry, "A quota is for a user, a client-id, or both");
        if (entry.Changes.FirstOrDefault(change => !QuotaStore.IsKnown(change.Key)) is { } unknown)
            return Refuse(entry, $"Invalid configuration key {unknown.Key}");
        if (entry.Changes.FirstOrDefault(change => !change.Remove && !(change.Value > 0)) is { } wrong)
            return Refuse(entry, $"Quota {wrong.Key} must be greater than 0");
        if (!validateOnly)
            broker.Quotas.Set(subject, entry.Changes.GroupBy(change => change.Key).ToDictionary(g => g.Key, g => g.Last().Remove ? (double?)null : g.Last().Value));
        return new AlteredQuota { Entity = entry.Entity };
    }

    private static AlteredQuota Refuse(AlterQuota entry, string message) => new() { ErrorCode = ErrorCode.InvalidRequest, ErrorMessage = message, Entity = entry.Entity };
}
