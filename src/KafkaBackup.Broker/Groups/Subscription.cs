using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Groups;

/// <summary>What a consumer tells its group's leader. Source: Kafka's ConsumerProtocolSubscription.</summary>
internal static class Subscription
{
    /// <summary>The topics it is subscribed to; none if the bytes are no subscription.</summary>
    public static IReadOnlyList<string> Topics(ReadOnlyMemory<byte> metadata)
    {
        try
        {
            var reader = new WireReader(metadata);
            reader.Int16(0, since: 0);
            return reader.StringArray([]);
        }
        catch (MalformedMessageException)
        {
            return [];
        }
    }
}
