using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>
/// Verifies segments of one pack in the order in which they lie there, so that neighbours are read with one request. That way only tells what is sound: a segment that is not is verified
/// once more by itself, which tells what is wrong with it.
/// </summary>
internal sealed class PackRunVerifier(IObjectStore store, SegmentVerifier segments, VerificationLog log)
{
    /// <summary>What may lie between two segments that are read with one request: indexes, and little segments that nobody asked for.</summary>
    private const long LargestGap = 256 << 10;

    /// <summary>Verifies the segments, each in its section, which is ended.</summary>
    public async Task VerifyAsync(IReadOnlyList<(SegmentToVerify Segment, VerificationSection Section)> ofPack, CancellationToken cancellationToken)
    {
        var ordered = ofPack.OrderBy(s => s.Segment.Segment.Offset).ToList();
        await using var run = new PackRun(store, ordered[0].Segment.Segment.Object);
        for (var i = 0; i < ordered.Count; i++)
        {
            var (segment, section) = ordered[i];
            if (!await IsSoundAsync(run, segment, ordered, i, cancellationToken))
                await segments.VerifyAsync(segment, section, digest: null, ranges: null, cancellationToken);
            else
                log.Verified(segment.Segment.Length, isRead: true);
            section.End();
        }
    }

    private static async Task<bool> IsSoundAsync(
        PackRun run, SegmentToVerify toVerify, List<(SegmentToVerify Segment, VerificationSection Section)> ordered, int i, CancellationToken cancellationToken)
    {
        var segment = toVerify.Segment;
        if (await toVerify.Pack!.ProblemAsync(cancellationToken) is not null || await toVerify.Pack.ProblemAsync(toVerify.Topic, segment, cancellationToken) is not null)
            return false;
        var content = await SegmentContent.ReadAsync(() => run.OpenAsync(segment, EndOf(ordered, i), LargestGap, cancellationToken), segment, digest: null, ranges: null, cancellationToken);
        if (content.Indexes is { } indexes && await run.HasNextAsync(PackLayout.IndexBlock(indexes), cancellationToken))
            return true;
        await run.BreakOffAsync();
        return false;
    }

    /// <summary>Where the last of the segments ends, indexes included, that lie one behind the other from this one on.</summary>
    private static long EndOf(List<(SegmentToVerify Segment, VerificationSection Section)> ordered, int first)
    {
        var last = ordered[first].Segment.Segment;
        foreach (var (next, _) in ordered.Skip(first + 1))
        {
            if (next.Segment.Offset < last.Offset + last.Length || next.Segment.Offset - (last.Offset + last.Length) > LargestGap)
                break;
            last = next.Segment;
        }

        return last.Offset + last.Length + PackLayout.LargestIndexBlock(last);
    }
}
