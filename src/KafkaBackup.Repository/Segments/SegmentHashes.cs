using System.Security.Cryptography;

namespace KafkaBackup.Repository.Segments;

/// <summary>
/// The SHA-256 of each segment of a partition and that of all of them together. Over the first segment both are one, and its state is carried on for the whole:
/// only what follows the first segment is hashed twice.
/// </summary>
internal sealed class SegmentHashes : IDisposable
{
    private IncrementalHash segment = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private IncrementalHash? whole;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        segment.AppendData(bytes);
        whole?.AppendData(bytes);
    }

    /// <summary>Ends a segment and returns its hash; what is appended next belongs to the next one.</summary>
    public string EndSegment()
    {
        var hash = Text(segment);
        if (whole is null)
            (whole, segment) = (segment, IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
        else
            segment.TryGetHashAndReset(stackalloc byte[SHA256.HashSizeInBytes], out _);
        return hash;
    }

    /// <summary>The hash of all ended segments' bytes in order; null before the first has ended.</summary>
    public string? Whole() => whole is null ? null : Text(whole);

    public void Dispose()
    {
        segment.Dispose();
        whole?.Dispose();
    }

    private static string Text(IncrementalHash hash)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetCurrentHash(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
