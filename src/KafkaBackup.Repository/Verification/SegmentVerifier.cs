using System.Security.Cryptography;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies a segment against its reference, and its indexes against the segment. Of a segment's problems the first is told.</summary>
internal sealed class SegmentVerifier(IObjectStore store, VerificationLog log)
{
    private readonly PackVerifier packs = new(store, log);

    /// <param name="topic">The topic.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="level">How much is looked at.</param>
    /// <param name="digest">Takes the segment's bytes.</param>
    /// <param name="ranges">Takes its batches, where they are those of several epochs.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <returns>Whether the segment itself is sound.</returns>
    public async Task<bool> VerifyAsync(
        string topic, SegmentReference segment, VerificationLevel level, IncrementalHash? digest, RangeDigests? ranges, CancellationToken cancellationToken)
    {
        var isSound = await VerifyPresenceAsync(topic, segment, cancellationToken);
        if (level == VerificationLevel.Full && isSound)
            isSound = await VerifyBytesAsync(topic, segment, digest, ranges, cancellationToken);
        log.Verified(level == VerificationLevel.Full ? segment.Length : 0);
        return isSound;
    }

    /// <summary>Whether a segment's removal has begun: one of its objects is missing.</summary>
    public async Task<bool> IsGoneAsync(SegmentReference segment, CancellationToken cancellationToken)
    {
        foreach (var name in SegmentIndexObjects.NamesOf(segment))
        {
            if (await store.GetLengthAsync(name, cancellationToken) is null)
                return true;
        }

        return false;
    }

    private async Task<bool> VerifyPresenceAsync(string topic, SegmentReference segment, CancellationToken cancellationToken)
    {
        if (segment.IsPacked)
            return await packs.ProblemAsync(topic, segment, cancellationToken) is not { } problem || Found(topic, segment, segment.Object, problem);
        if (SegmentFiles.BaseOffsetOf(segment.Object) != segment.Base || segment.Offset != 0)
            return Found(topic, segment, segment.Object, $"the reference leads to position {segment.Offset} in it, and is of a segment of base {segment.Base}");
        foreach (var extension in (string[])[SegmentFiles.OffsetIndex, SegmentFiles.TimeIndex, SegmentFiles.TransactionIndex])
        {
            var name = SegmentFiles.Beside(segment.Object, extension);
            var isExpected = extension != SegmentFiles.TransactionIndex || segment.Aborted.Count > 0;
            if (await store.GetLengthAsync(name, cancellationToken) is null == isExpected)
                Found(topic, segment, name, isExpected ? "it is missing" : "it is there, and the segment has no aborted ranges");
        }

        var length = await store.GetLengthAsync(segment.Object, cancellationToken);
        return length == segment.Length
            || Found(topic, segment, segment.Object, length is null ? "it is missing" : $"it has {length} bytes, and was to have {segment.Length}");
    }

    private async Task<bool> VerifyBytesAsync(string topic, SegmentReference segment, IncrementalHash? digest, RangeDigests? ranges, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tally = new SegmentTally(segment.Base, segment.From, new SegmentPolicy(int.MaxValue, segment.IndexInterval));
        var aborted = new AbortedBatches();
        aborted.Learn(segment.Aborted);
        try
        {
            await using var batches = new BatchStream(await store.OpenLogAsync(segment, cancellationToken), segment.Length, Pass);
            while (await batches.ReadAsync(cancellationToken))
            {
                var header = batches.Current.Header;
                if (Misplacement(header, segment, tally) is { } problem)
                    return Found(topic, segment, segment.Object, problem, tally.NextOffset);
                tally.Add(header);
                aborted.Add(header);
                ranges?.Add(batches.Current);
            }
        }
        catch (Exception e) when (e is InvalidBatchException or IOException or ObjectNotFoundException or DamagedObjectException)
        {
            return Found(topic, segment, segment.Object, e.Message, tally.NextOffset);
        }

        var counted = tally.Close(segment.Partition, segment.Object, Convert.ToHexStringLower(hash.GetCurrentHash()), aborted.EndSegment(tally.NextOffset));
        if (Difference(counted, segment) is { } difference)
            return Found(topic, segment, segment.Object, difference);
        var indexes = SegmentIndexFiles.Of(counted, tally.Indexes);
        await (segment.IsPacked ? VerifyPackedIndexesAsync(topic, segment, indexes, cancellationToken) : VerifyIndexesAsync(topic, counted, indexes, cancellationToken));
        return true;

        void Pass(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            digest?.AppendData(bytes);
        }
    }

    private async Task VerifyIndexesAsync(string topic, SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        foreach (var (name, content) in SegmentIndexObjects.Of(segment, indexes))
        {
            try
            {
                var there = await store.ReadAllAsync(name, cancellationToken);
                if (!content.Span.SequenceEqual(there))
                    Found(topic, segment, name, "it is not the index of its segment");
            }
            catch (ObjectNotFoundException)
            {
                // Told already.
            }
            catch (Exception e) when (e is IOException or DamagedObjectException)
            {
                Found(topic, segment, name, $"it can't be read: {e.Message}");
            }
        }
    }

    private async Task VerifyPackedIndexesAsync(string topic, SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        var expected = PackLayout.IndexBlock(indexes);
        var there = new byte[expected.Length];
        try
        {
            await using var stream = await store.OpenReadAsync(segment.Object, segment.Offset + segment.Length, expected.Length, cancellationToken);
            await stream.ReadAtLeastAsync(there, there.Length, throwOnEndOfStream: false, cancellationToken);
            if (!expected.AsSpan().SequenceEqual(there))
                Found(topic, segment, segment.Object, $"the indexes at {segment.Offset + segment.Length} are not those of their segment");
        }
        catch (Exception e) when (e is IOException or ObjectNotFoundException or DamagedObjectException)
        {
            Found(topic, segment, segment.Object, $"the indexes at {segment.Offset + segment.Length} can't be read: {e.Message}");
        }
    }

    private static string? Misplacement(in BatchHeader batch, SegmentReference segment, SegmentTally tally) =>
        tally.Batches == 0 && batch.SegmentBase(segment.From) != segment.Base ? $"its first batch is at {batch.BaseOffset}, and was to be at {segment.Base}"
        : tally.Batches > 0 && batch.BaseOffset < tally.NextOffset
            ? $"the batch of offsets {batch.BaseOffset} to {batch.LastOffset} is behind its place, {tally.NextOffset}"
        : batch.LastOffset < segment.From || batch.LastOffset >= segment.To
            ? $"the batch of offsets {batch.BaseOffset} to {batch.LastOffset} is outside the segment's range"
        : batch.LastOffset - segment.Base > int.MaxValue
            ? $"the batch of offsets {batch.BaseOffset} to {batch.LastOffset} is too far from the segment's base"
        : null;

    private static string? Difference(SegmentReference counted, SegmentReference said) =>
        counted.Sha256 != said.Sha256 ? "its bytes do not have its SHA-256"
        : Counts(counted) != Counts(said)
            ? $"batches, largest batch, records and maximum timestamp are {Counts(counted)}, "
                + $"and {Counts(said)} in its reference"
        : !counted.Aborted.SequenceEqual(said.Aborted) ? "its reference's aborted ranges are not those of its batches"
        : null;

    private static (long Batches, int LargestBatch, long Records, long MaxTimestamp) Counts(SegmentReference segment) =>
        (segment.Batches, segment.LargestBatch, segment.Records, segment.MaxTimestamp);

    /// <returns>False: for the caller to return.</returns>
    private bool Found(string topic, SegmentReference segment, string name, string problem, long? from = null)
    {
        log.Found(new VerificationFinding(name, problem, log.Epoch, topic, segment.Partition, from ?? segment.From, segment.To));
        return false;
    }
}
