using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies packs as wholes: that each is there, ends as a pack does, and says of its segments what their references say. Each is looked at once.</summary>
internal sealed class PackVerifier(IObjectStore store, VerificationLog log)
{
    // An epoch's segments are in the few packs of its run; a bound keeps a long history's packs from piling up.
    private const int MostPacks = 256;

    private readonly Dictionary<string, Pack> packs = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the place that a reference leads to; null if nothing is, or if the pack has no directory to tell by.</summary>
    public async Task<string?> ProblemAsync(string topic, SegmentReference segment, CancellationToken cancellationToken)
    {
        if (!packs.TryGetValue(segment.Object, out var pack))
        {
            if (packs.Count == MostPacks)
                packs.Clear();
            packs[segment.Object] = pack = await ReadAsync(segment.Object, cancellationToken);
        }

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

    private async Task<Pack> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var length = await store.GetLengthAsync(name, cancellationToken);
        try
        {
            return length is null
                ? new Pack(null, null)
                : new Pack(length, (await PackDirectory.ReadAsync(store, name, cancellationToken)).Segments.ToDictionary(segment => segment.Segment.Offset));
        }
        catch (Exception e) when (e is DamagedObjectException or UnsupportedFormatException or IOException or ArgumentException)
        {
            log.Found(new VerificationFinding(name, $"its directory can't be read: {e.Message}", log.Epoch));
            return new Pack(length, null);
        }
    }

    private sealed record Pack(long? Length, Dictionary<long, PackedSegment>? Segments);
}
