using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Says what is spoken.</summary>
internal sealed class ApiVersionsHandler : Handler<ApiVersionsRequest, ApiVersionsResponse>
{
    /// <summary>The answer to an ApiVersions request of a version that is not spoken; it goes out in version 0 (KIP-511).</summary>
    public static ApiVersionsResponse Unsupported() => Answer(ErrorCode.UnsupportedVersion);

    protected override ApiVersionsResponse Handle(ApiVersionsRequest request, RequestContext context) => Answer(ErrorCode.None);

    private static ApiVersionsResponse Answer(ErrorCode error) => new()
    {
        ErrorCode = error,
        ApiKeys =
        [
            .. Apis.All.Values.OrderBy(api => api.Key).Select(api => new ApiVersionRange
            {
                ApiKey = (short)api.Key,
                MinVersion = api.MinVersion,
                MaxVersion = api.MaxVersion,
            }),
        ],
    };
}
