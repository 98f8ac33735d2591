using System.Buffers.Binary;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>
/// Requests and responses as frames. On the wire each frame stands behind its length, a big-endian int32 that does not count itself.
/// </summary>
public static class Frames
{
    /// <summary>Bytes of the length before a frame.</summary>
    public const int LengthSize = 4;

    /// <summary>Reads a frame's request header; the reader that comes with it stands at the body, whose version may be one that is not spoken.</summary>
    /// <exception cref="MalformedMessageException">There is no header.</exception>
    public static (RequestHeader Header, WireReader Body) ReadRequestHeader(ReadOnlyMemory<byte> frame)
    {
        if (frame.Length < 4)
            throw new MalformedMessageException($"a request of {frame.Length} bytes has no header");
        var key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(frame.Span);
        var version = BinaryPrimitives.ReadInt16BigEndian(frame.Span[2..]);
        var reader = new WireReader(frame, version, Apis.All.TryGetValue(key, out var api) && api.IsFlexible(version));
        return (reader.Struct<RequestHeader>(null), reader);
    }

    /// <summary>
    /// Reads the body of a request whose header has been read. Bytes after it are passed over, as Kafka's brokers do: librdkafka leaves some
    /// behind a Metadata request of version 9 that asks for all topics.
    /// </summary>
    /// <exception cref="MalformedMessageException">It is not such a request.</exception>
    public static Request ReadRequest(Api api, WireReader body) => api.ReadRequest(body);

    /// <summary>Reads a response, header and body; all of the frame must be used up.</summary>
    /// <exception cref="MalformedMessageException">It is not such a response.</exception>
    public static (ResponseHeader Header, Response Response) ReadResponse(Api api, short version, ReadOnlyMemory<byte> frame)
    {
        var reader = new WireReader(frame, version, api.IsFlexible(version));
        var header = new ResponseHeader();
        if (HasFlexibleResponseHeader(api, version))
            reader.Struct(header);
        else
            header.Describe(reader);
        var response = api.ReadResponse(reader);
        if (reader.Remaining > 0)
            throw new MalformedMessageException($"{reader.Remaining} bytes follow the response of {api.Key}");
        return (header, response);
    }

    /// <summary>Writes a request as it goes over the wire, its length first. The caller disposes what it gets.</summary>
    public static WireWriter WriteRequest(RequestHeader header, Request request)
    {
        var writer = Begin(Apis.Of(header.Key), header.Version);
        writer.Struct(header);
        writer.Fields(request);
        return End(writer);
    }

    /// <summary>Writes a response as it goes over the wire, its length first. The caller disposes what it gets.</summary>
    public static WireWriter WriteResponse(Api api, short version, ResponseHeader header, Response response)
    {
        var writer = Begin(api, version);
        if (HasFlexibleResponseHeader(api, version))
            writer.Struct(header);
        else
            header.Describe(writer);
        writer.Fields(response);
        return End(writer);
    }

    // ApiVersions answers under header version 0 whatever its own, so that a client of any age can read it (KIP-511).
    private static bool HasFlexibleResponseHeader(Api api, short version) => api.IsFlexible(version) && api.Key != ApiKey.ApiVersions;

    private static WireWriter Begin(Api api, short version)
    {
        var writer = new WireWriter(version, api.IsFlexible(version));
        writer.Raw(stackalloc byte[LengthSize]);
        return writer;
    }

    private static WireWriter End(WireWriter writer)
    {
        writer.PatchInt32(0, writer.Written.Length - LengthSize);
        return writer;
    }
}
