using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Says what is spoken.</summary>
internal sealed class ApiVersionsHandler(ApiTable table) : Handler<ApiVersionsRequest, ApiVersionsResponse>
{
    protected override ApiVersionsResponse Handle(ApiVersionsRequest request, RequestContext context) => table.Describe(ErrorCode.None);
}
