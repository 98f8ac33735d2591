namespace KafkaBackup.Repository.Reading;

/// <summary>Which records of a topic are wanted. What is left out is no condition.</summary>
public sealed record RecordQuery
{
    /// <summary>The partition; null for all.</summary>
    public int? Partition { get; init; }

    /// <summary>The first offset, in every partition that is read.</summary>
    public long? Offset { get; init; }

    /// <summary>
    /// Where reading begins in each partition: at the first record whose timestamp is this or later, in milliseconds since 1970. As with Kafka's own look-up by
    /// time, what follows is read whatever its timestamps.
    /// </summary>
    public long? Time { get; init; }

    /// <summary>The key, byte for byte. A record without key has none that is equal.</summary>
    public ReadOnlyMemory<byte>? Key { get; init; }
}
