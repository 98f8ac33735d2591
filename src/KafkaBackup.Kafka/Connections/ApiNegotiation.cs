using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Connections;

/// <summary>Learns from a broker which versions it speaks, and picks for each API the highest that both sides do.</summary>
internal static class ApiNegotiation
{
    // Every broker since 0.10 answers version 0; a refusal of anything newer would cost a round trip and tell nothing more.
    private const short Version = 0;

    // Metadata 9 brings nothing but the flexible encoding, and librdkafka's mock brokers leave a byte behind it.
    private const short HighestMetadata = 8;

    public static async Task<IReadOnlyDictionary<ApiKey, short>> AskAsync(BrokerConnection connection, CancellationToken cancellation)
    {
        using var lease = await await connection.BeginAsync(new ApiVersionsRequest(), Version, cancellation);
        if (lease.Response.ErrorCode != ErrorCode.None)
            throw new BrokerErrorException(lease.Response.ErrorCode, ApiKey.ApiVersions, connection.Broker.ToString());
        return Agree(lease.Response.ApiKeys);
    }

    /// <summary>The highest common version by API; an API without one is left out.</summary>
    public static IReadOnlyDictionary<ApiKey, short> Agree(IEnumerable<ApiVersionRange> offered)
    {
        var agreed = new Dictionary<ApiKey, short>();
        foreach (var range in offered)
        {
            if (!Apis.All.TryGetValue((ApiKey)range.ApiKey, out var api))
                continue;
            var version = Math.Min(range.MaxVersion, api.Key == ApiKey.Metadata ? HighestMetadata : api.MaxVersion);
            if (version >= Math.Max(range.MinVersion, api.MinVersion))
                agreed[api.Key] = version;
        }

        return agreed;
    }
}
