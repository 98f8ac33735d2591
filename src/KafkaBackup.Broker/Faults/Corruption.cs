using System.Runtime.InteropServices;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Faults;

/// <summary>Damage on the way to the client: the log stays whole.</summary>
internal static class Corruption
{
    /// <summary>Whether the response carries a batch that could be damaged.</summary>
    public static bool CanDamage(Response? response) => First(response) is not null;

    /// <summary>Turns a bit in the last byte of the first batch, which its checksum covers.</summary>
    public static void Damage(Response response)
    {
        // The bytes are a copy made for this response.
        if (First(response) is { } batch)
            MemoryMarshal.AsMemory(batch).Span[^1] ^= 0x10;
    }

    private static ReadOnlyMemory<byte>? First(Response? response)
    {
        foreach (var partition in (response as FetchResponse)?.Topics.SelectMany(topic => topic.Partitions) ?? [])
        {
            if (partition.Records is { Length: > 12 } records && System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(records.Span[8..]) + 12 is > 12 and var size && size <= records.Length)
                return records[..size];
        }

        return null;
    }
}
