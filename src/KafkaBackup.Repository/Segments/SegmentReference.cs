using System.Text.Json.Serialization;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Packs;

namespace KafkaBackup.Repository.Segments;

/// <summary>What the repository knows of a segment; as a list holds it. Source: FORMAT.md, "Lists".</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="Object">The object that holds the segment.</param>
/// <param name="Offset">The segment's first byte in the object; 0 where it stands alone.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">The SHA-256 of these bytes, in lower-case hexadecimal digits.</param>
/// <param name="Base">The base offset of its first batch.</param>
/// <param name="From">The first offset that it covers; readers leave out what lies below.</param>
/// <param name="To">The offset after the last that it covers.</param>
/// <param name="Batches">Its batches.</param>
/// <param name="LargestBatch">The bytes of its largest batch: what a topic has to accept that the segment is restored to.</param>
/// <param name="Records">The record counts of its batches, control batches left out, aborted ones included.</param>
/// <param name="MaxTimestamp">The largest timestamp of these batches, in milliseconds; -1 for none.</param>
/// <param name="IndexInterval">The bytes between entries of its indexes.</param>
/// <param name="Aborted">Its aborted ranges: per producer, runs of aborted batches; by first offset, then producer.</param>
public sealed record SegmentReference(
    int Partition,
    string Object,
    long Offset,
    long Length,
    string Sha256,
    long Base,
    long From,
    long To,
    long Batches,
    int LargestBatch,
    long Records,
    long MaxTimestamp,
    int IndexInterval,
    IReadOnlyList<AbortedRange> Aborted)
{
    /// <summary>Whether it lies in a pack, among other segments; else it stands alone, and its indexes beside it.</summary>
    [JsonIgnore]
    public bool IsPacked => Object.StartsWith(PackLayout.Prefix, StringComparison.Ordinal);

    /// <summary>Whether a merge made it.</summary>
    [JsonIgnore]
    public bool IsMerged => MergeGeneration.Made(Object);

    /// <summary>
    /// The offset after the last that the stored segment covers. It is above <see cref="To"/> where only the segment's beginning belongs to the epoch that it is read for: batches
    /// whose last offset is at or above <see cref="To"/> are then no part of the epoch, while length, hash and counts are those of the whole segment.
    /// </summary>
    [JsonIgnore]
    public long StoredTo => Whole ?? To;

    private long? Whole { get; init; }

    /// <summary>What of the segment belongs to an epoch that ends at an offset; null if nothing does.</summary>
    internal SegmentReference? ClippedAt(long to) => From >= to || Base >= to ? null : To <= to ? this : this with { To = to, Whole = StoredTo };
}
