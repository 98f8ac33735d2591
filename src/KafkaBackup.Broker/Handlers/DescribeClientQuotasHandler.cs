using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Lists quotas of users and clients.</summary>
internal sealed class DescribeClientQuotasHandler(BrokerCore broker) : Handler<DescribeClientQuotasRequest, DescribeClientQuotasResponse>
{
    protected override DescribeClientQuotasResponse Handle(DescribeClientQuotasRequest request, RequestContext context) => new()
    {
        Entries =
        [
            .. broker.Quotas.All.Where(quota => quota.Key.IsMeant(request.Components, request.Strict)).Select(quota => new DescribedQuota
            {
                Entity = quota.Key.ToEntity(),
                Values = [.. quota.Value.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => new QuotaValue { Key = value.Key, Value = value.Value })],
            }),
        ],
    };
}
