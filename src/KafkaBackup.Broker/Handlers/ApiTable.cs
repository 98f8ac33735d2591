using System.Collections.Frozen;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>What a broker speaks: a handler for each API, and the versions in which it is offered.</summary>
internal sealed class ApiTable
{
    private readonly FrozenDictionary<ApiKey, Handler> _handlers;
    private readonly IReadOnlyDictionary<ApiKey, short> _maxVersions;

    /// <param name="handlers">One for each API.</param>
    /// <param name="maxVersions">Where the highest version is lower than the codec's.</param>
    public ApiTable(IEnumerable<Handler> handlers, IReadOnlyDictionary<ApiKey, short> maxVersions)
    {
        _maxVersions = maxVersions;
        _handlers = handlers.Append(new ApiVersionsHandler(this)).ToFrozenDictionary(handler => handler.Key);
    }

    public IReadOnlyCollection<Handler> Handlers => _handlers.Values;

    /// <summary>Null: the API is not spoken in this version.</summary>
    public Handler? Find(ApiKey key, short version) =>
        _handlers.TryGetValue(key, out var handler) && version >= Apis.Of(key).MinVersion && version <= MaxVersion(key) ? handler : null;

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
