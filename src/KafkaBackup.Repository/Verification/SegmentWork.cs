using System.Security.Cryptography;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>
/// Makes the pieces of work by which segments are verified, which may be done side by side and in any order: all that an epoch adds to a partition, as its digest goes over all of it; or, of an
/// epoch, all partitions' only segments that lie in one pack.
/// </summary>
/// <param name="store">The repository's store.</param>
/// <param name="level">How much is looked at.</param>
/// <param name="subset">Of which segments every byte is read at the full level; all where null.</param>
/// <param name="log">Where findings go.</param>
internal sealed class SegmentWork(IObjectStore store, VerificationLevel level, VerificationSubset? subset, VerificationLog log)
{
    private readonly SegmentVerifier segments = new(store, log);
    private readonly PackVerifier packs = new(store);
    private readonly Dictionary<string, List<(SegmentToVerify Segment, VerificationSection Section)>> ofPacks = new(StringComparer.Ordinal);

    /// <summary>The work on what an epoch adds to a partition.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The epoch's entry.</param>
    /// <param name="added">The segments that turn up with the epoch, in order.</param>
    /// <param name="own">Those of them that the entry speaks of.</param>
    /// <param name="isComplete">Whether all of them are known.</param>
    /// <param name="logStart">What lies wholly below it is no part of this epoch, nor of a later one, and may have been removed.</param>
    /// <returns>Null if there is nothing to do, or if it comes with the work on a pack.</returns>
    public Func<CancellationToken, Task>? Of(
        string topic, PartitionEpoch partition, IReadOnlyList<SegmentReference> added, IReadOnlyList<SegmentReference> own, bool isComplete, long logStart)
    {
        if (added.Count == 0)
            return null;
        var section = log.BeginSection();
        var toVerify = added.Select(segment => ToVerify(topic, segment)).ToList();
        if (toVerify is not [{ Pack: not null, IsRead: true } only] || only.Segment.To <= logStart)
            return cancellation => VerifyAsync(topic, partition, toVerify, own, isComplete, logStart, section, cancellation);
        if (!ofPacks.TryGetValue(only.Segment.Object, out var ofPack))
            ofPacks.Add(only.Segment.Object, ofPack = []);
        ofPack.Add((only, section));
        return null;
    }

    /// <summary>The work on a partition whose segments may hold what several epochs have added.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="isComplete">Whether all of its segments are known.</param>
    /// <param name="name">The object that says that they are there.</param>
    public Func<CancellationToken, Task> Of(string topic, MergedPartition partition, bool isComplete, string name)
    {
        var section = log.BeginSection();
        var toVerify = partition.Segments.Select(segment => ToVerify(topic, segment)).ToList();
        return cancellation => VerifyAsync(topic, partition, toVerify, isComplete, name, section, cancellation);
    }

    /// <summary>The work on packs that has come together.</summary>
    public IReadOnlyList<Func<CancellationToken, Task>> TakePacks()
    {
        var verifier = new PackRunVerifier(store, segments, log);
        Func<CancellationToken, Task>[] taken = [.. ofPacks.Values.Select(ofPack => (Func<CancellationToken, Task>)(cancellation => verifier.VerifyAsync(ofPack, cancellation)))];
        ofPacks.Clear();
        return taken;
    }

    private SegmentToVerify ToVerify(string topic, SegmentReference segment)
    {
        var isRead = level == VerificationLevel.Full && subset?.Contains(segment) != false;
        if (!segment.IsPacked)
            return new SegmentToVerify(topic, segment, isRead, null, false);
        var (pack, isFirst) = packs.Of(segment);
        return new SegmentToVerify(topic, segment, isRead, pack, isFirst);
    }

    private async Task VerifyAsync(
        string topic,
        PartitionEpoch partition,
        List<SegmentToVerify> added,
        IReadOnlyList<SegmentReference> own,
        bool isComplete,
        long logStart,
        VerificationSection section,
        CancellationToken cancellationToken)
    {
        using var digest = own.Count > 1 && level == VerificationLevel.Full ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var isSound = isComplete;
        foreach (var segment in added)
        {
            if (segment.Segment.To <= logStart && await segments.IsGoneAsync(segment.Segment, cancellationToken))
            {
                isSound = false;
                continue;
            }

            isSound &= await segments.VerifyAsync(segment, section, own.Contains(segment.Segment) ? digest : null, null, cancellationToken) && segment.IsRead;
        }

        if (isSound && digest is not null && Convert.ToHexStringLower(digest.GetCurrentHash()) != partition.Digest)
            section.Found(new VerificationFinding(
                RepositoryNames.Epoch(section.Epoch), "the digest is not that of its batches", section.Epoch, topic, partition.Partition, partition.From, partition.To));
        section.End();
    }

    private async Task VerifyAsync(
        string topic, MergedPartition partition, List<SegmentToVerify> toVerify, bool isComplete, string name, VerificationSection section, CancellationToken cancellationToken)
    {
        foreach (var problem in isComplete ? partition.Problems() : [])
            Found(problem, partition.Ranges[0].Partition.From, partition.Ranges[^1].Partition.To);
        using var digests = level == VerificationLevel.Full ? new RangeDigests([.. partition.Ranges.Select(range => range.Partition)]) : null;
        var epoch = section.Epoch;
        foreach (var segment in toVerify)
        {
            section.Epoch = partition.EpochOf(segment.Segment.From) ?? epoch;
            var isGone = !partition.Needs(segment.Segment) && await segments.IsGoneAsync(segment.Segment, cancellationToken);
            if (isGone || !await segments.VerifyAsync(segment, section, null, digests, cancellationToken) || !segment.IsRead)
                partition.Leave(segment.Segment.From, segment.Segment.To);
        }

        var counted = isComplete ? digests?.Complete() : null;
        foreach (var range in counted is null ? [] : partition.Complete.Where(range => counted[range] != RangeDigests.Counts.Of(partition.Ranges[range].Partition)))
        {
            section.Epoch = partition.Ranges[range].Epoch;
            var added = partition.Ranges[range].Partition;
            Found($"the batches of epoch {section.Epoch} are not those that it has added: {counted![range]} instead of {RangeDigests.Counts.Of(added)}", added.From, added.To);
        }

        section.End();

        void Found(string problem, long from, long to) => section.Found(new VerificationFinding(name, problem, section.Epoch, topic, partition.Number, from, to));
    }
}
