using System.Collections.Frozen;
using KafkaBackup.Broker.Handlers.Access;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>What a broker speaks: a handler for each API, and the versions in which it is offered.</summary>
internal sealed class ApiTable
{
    private readonly BrokerCore _broker;
    private readonly FrozenDictionary<ApiKey, Handler> _handlers;
    private readonly IReadOnlyDictionary<ApiKey, short> _maxVersions;

    /// <param name="broker">The node.</param>
    /// <param name="maxVersions">Where the highest version is lower than the codec's.</param>
    public ApiTable(BrokerCore broker, IReadOnlyDictionary<ApiKey, short> maxVersions)
    {
        (_broker, _maxVersions) = (broker, maxVersions);
        _handlers = AllHandlers.For(broker).Append(new ApiVersionsHandler(this)).ToFrozenDictionary(handler => handler.Key);
    }

    public IReadOnlyCollection<Handler> Handlers => _handlers.Values;

    /// <summary>Null: the API is not spoken in this version.</summary>
    public Handler? Find(ApiKey key, short version) =>
        _handlers.TryGetValue(key, out var handler) && version >= Apis.Of(key).MinVersion && version <= MaxVersion(key) ? handler : null;

    /// <summary>Handles a request, unless there is a reason not to, or what of it is allowed.</summary>
    public ValueTask<Response?> HandleAsync(Handler handler, Request request, RequestContext context) => _broker.Authorizer is { } authorizer
        ? AccessTable.HandleAsync(request, new Asker(authorizer, context), allowed => HandleAllowedAsync(handler, allowed, context))
        : HandleAllowedAsync(handler, request, context);

    private ValueTask<Response?> HandleAllowedAsync(Handler handler, Request request, RequestContext context) =>
        _broker.Refuse(request) is { } refusal ? new(refusal) : handler.HandleAsync(request, context);

    /// <summary>What an ApiVersions request is answered.</summary>
    public ApiVersionsResponse Describe(ErrorCode error) => new()
    {
        ErrorCode = error,
        ApiKeys =
        [
            .. _handlers.Keys.Where(key => MaxVersion(key) >= Apis.Of(key).MinVersion).Order().Select(key => new ApiVersionRange
            {
                ApiKey = (short)key,
                MinVersion = Apis.Of(key).MinVersion,
                MaxVersion = MaxVersion(key),
            }),
        ],
    };

    private short MaxVersion(ApiKey key) => Math.Min(Apis.Of(key).MaxVersion, _maxVersions.GetValueOrDefault(key, short.MaxValue));
}
