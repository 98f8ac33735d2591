using System.Globalization;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Verification;

/// <summary>What of a repository is verified. What is left out is no limit.</summary>
public sealed record VerificationSelection
{
    /// <summary>An epoch: its chain down to the first, and the data of the topics that it holds.</summary>
    public long? Epoch { get; init; }

    /// <summary>Whether a topic's data is verified. The chain is, in any case.</summary>
    public Func<string, bool>? Topics { get; init; }

    /// <summary>Of which segments every byte is read at the full level; of the others presence and size are looked at.</summary>
    public VerificationSubset? Subset { get; init; }
}

/// <summary>
/// One of equal parts into which segments fall by their hashes. Which part a segment is in never changes, so runs with successive ordinals read every segment once in
/// <see cref="Parts"/> runs.
/// </summary>
/// <param name="Parts">How many parts there are; 1 or more.</param>
/// <param name="Ordinal">Which run it is: it reads the part of this number modulo <see cref="Parts"/>.</param>
public sealed record VerificationSubset(int Parts, long Ordinal)
{
    /// <summary>The parts for a share of at least so many per cent, more than 0 and at most 100.</summary>
    public static int PartsFor(decimal percent) => (int)Math.Max(1, Math.Floor(100 / percent));

    /// <summary>Whether the segment is in the part: the first 8 digits of its SHA-256, as a number, modulo the parts.</summary>
    public bool Contains(SegmentReference segment) =>
        uint.Parse(segment.Sha256.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) % (uint)Parts == (uint)(Ordinal % Parts);
}
