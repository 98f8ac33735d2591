using System.Security.Cryptography;
using System.Text;

namespace KafkaBackup.Repository.Epochs;

/// <summary>The checksum that a JSON object ends with. Source: FORMAT.md, "JSON objects".</summary>
public static class Checksum
{
    private const int HashDigits = 64;

    private static ReadOnlySpan<byte> Before => ",\"checksum\":\""u8;

    private static ReadOnlySpan<byte> After => "\"}"u8;

    private static int Size => Before.Length + HashDigits + After.Length;

    /// <summary>Replaces the closing brace of a JSON object by the checksum and a closing brace.</summary>
    public static byte[] Append(ReadOnlySpan<byte> json)
    {
        var body = json[..^1];
        return [.. body, .. Before, .. Encoding.ASCII.GetBytes(Hash(body)), .. After];
    }

    /// <summary>Checks an object's checksum.</summary>
    /// <exception cref="DamagedObjectException">It has none, or another.</exception>
    public static void Check(string name, ReadOnlySpan<byte> json)
    {
        if (json.Length < Size || !json[^Size..].StartsWith(Before) || !json.EndsWith(After))
            throw new DamagedObjectException(name, "it does not end with a checksum");
        if (!json.Slice(json.Length - After.Length - HashDigits, HashDigits).SequenceEqual(Encoding.ASCII.GetBytes(Hash(json[..^Size]))))
            throw new DamagedObjectException(name, "its bytes do not have its checksum");
    }

    internal static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
