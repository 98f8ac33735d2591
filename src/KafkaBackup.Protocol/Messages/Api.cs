using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>An API of the protocol as this codec speaks it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="MinVersion">The lowest version spoken.</param>
/// <param name="MaxVersion">The highest version spoken.</param>
/// <param name="FlexibleSince">The first version with compact lengths and tagged fields.</param>
/// <param name="ReadRequest">Reads a request's body.</param>
/// <param name="ReadResponse">Reads a response's body.</param>
public sealed record Api(
    ApiKey Key,
    short MinVersion,
    short MaxVersion,
    short FlexibleSince,
    Func<WireReader, Request> ReadRequest,
    Func<WireReader, Response> ReadResponse)
{
    /// <summary>Whether <paramref name="version"/> is one of those spoken.</summary>
    public bool Speaks(short version) => version >= MinVersion && version <= MaxVersion;

    /// <summary>Whether <paramref name="version"/> has compact lengths and tagged fields.</summary>
    public bool IsFlexible(short version) => version >= FlexibleSince;

    internal static Api Of<TRequest, TResponse>(ApiKey key, short min, short max, short flexibleSince)
        where TRequest : Request<TResponse>, new()
        where TResponse : Response, new() =>
        new(key, min, max, flexibleSince, wire => wire.Struct<TRequest>(null), wire => wire.Struct<TResponse>(null));
}
