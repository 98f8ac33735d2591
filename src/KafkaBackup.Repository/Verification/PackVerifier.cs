using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies packs as wholes: that each is there, ends as a pack does, and says of its segments what their references say. Each is looked at once.</summary>
internal sealed class PackVerifier(IObjectStore store)
{
    // An epoch's segments are in the few packs of its run; a bound keeps a long history's packs from piling up.
    private const int MostPacks = 256;

    private readonly Dictionary<string, PackToVerify> packs = new(StringComparer.Ordinal);

    /// <summary>The pack of a segment. To be asked for in the order of the epochs, by one thread: whoever is the first to need a pack tells that it is damaged as a whole.</summary>
    /// <returns>The pack, and whether nobody has asked for it before.</returns>
    public (PackToVerify Pack, bool IsFirst) Of(SegmentReference segment)
    {
        if (packs.TryGetValue(segment.Object, out var known))
            return (known, false);
        if (packs.Count == MostPacks)
            packs.Clear();
        return (packs[segment.Object] = new PackToVerify(store, segment.Object), true);
    }
}

/// <summary>A pack, which is looked at when the first of its segments is.</summary>
internal sealed class PackToVerify(IObjectStore store, string name)
{
    private readonly Lock gate = new();
    private Task<Look>? look;

    /// <summary>What is wrong with the pack as a whole; null if nothing is, or if it is missing.</summary>
    public async Task<string?> ProblemAsync(CancellationToken cancellationToken) => (await LookAsync(cancellationToken)).Problem;

    /// <summary>What is wrong with the place that a reference leads to; null if nothing is, or if the pack has no directory to tell by.</summary>
    public async Task<string?> ProblemAsync(string topic, SegmentReference segment, CancellationToken cancellationToken)
    {
        var pack = await LookAsync(cancellationToken);
        if (pack.Length is not { } length)
            return "it is missing";
        if (segment.Offset + segment.Length > length)
            return $"it has {length} bytes, and the segment was to lie at {segment.Offset} to {segment.Offset + segment.Length}";
        if (pack.Segments is null)
            return null;
        return pack.Segments.TryGetValue(segment.Offset, out var said) && IsSame(said, topic, segment)
            ? null
            : $"its directory does not have this segment at {segment.Offset}";
    }

    private static bool IsSame(PackedSegment said, string topic, SegmentReference segment) =>
        said.Topic == topic
        && (said.Segment.Object, said.Segment.Partition, said.Segment.Length, said.Segment.Sha256, said.Segment.Base, said.Segment.From)
            == (segment.Object, segment.Partition, segment.Length, segment.Sha256, segment.Base, segment.From);

    private Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        lock (gate)
            return look ??= ReadAsync(cancellationToken);
    }

    private async Task<Look> ReadAsync(CancellationToken cancellationToken)
    {
        var length = await store.GetLengthAsync(name, cancellationToken);
        try
        {
            return length is null
                ? new Look(null, null, null)
                : new Look(length, (await PackDirectory.ReadAsync(store, name, cancellationToken)).Segments.ToDictionary(segment => segment.Segment.Offset), null);
        }
        catch (Exception e) when (e is DamagedObjectException or UnsupportedFormatException or IOException or ArgumentException)
        {
            return new Look(length, null, $"its directory can't be read: {RepositoryException.WhatOf(e)}");
        }
    }

    private sealed record Look(long? Length, Dictionary<long, PackedSegment>? Segments, string? Problem);
}
