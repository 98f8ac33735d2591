using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks which versions a broker speaks. Source: ApiVersions (key 18), versions 0 to 3.</summary>
public sealed record ApiVersionsRequest : Request<ApiVersionsResponse>
{
    public override ApiKey Key => ApiKey.ApiVersions;

    public string ClientSoftwareName { get; set; } = "";

    public string ClientSoftwareVersion { get; set; } = "";

    public override void Describe(Wire wire)
    {
        ClientSoftwareName = wire.String(ClientSoftwareName, since: 3);
        ClientSoftwareVersion = wire.String(ClientSoftwareVersion, since: 3);
    }
}

/// <summary>Answers <see cref="ApiVersionsRequest"/>.</summary>
public sealed record ApiVersionsResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public IReadOnlyList<ApiVersionRange> ApiKeys { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ApiKeys = wire.Array(ApiKeys);
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
    }
}

/// <summary>The versions of one API that a broker speaks.</summary>
public sealed record ApiVersionRange : WireStruct
{
    /// <summary>One of <see cref="Messages.ApiKey"/>, or a key that this codec does not know.</summary>
    public short ApiKey { get; set; }

    public short MinVersion { get; set; }

    public short MaxVersion { get; set; }

    public override void Describe(Wire wire)
    {
        ApiKey = wire.Int16(ApiKey);
        MinVersion = wire.Int16(MinVersion);
        MaxVersion = wire.Int16(MaxVersion);
    }
}
