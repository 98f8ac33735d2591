using System.Security.Cryptography;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies a segment against its reference, and its indexes against the segment. Of a segment's problems the first is told.</summary>
internal sealed class SegmentVerifier(IObjectStore store, VerificationLog log)
{
    /// <param name="segment">The segment.</param>
    /// <param name="section">Where findings go.</param>
    /// <param name="digest">Takes in its bytes; null where nobody asks.</param>
    /// <param name="ranges">Takes in its batches, where they are those of several epochs; null where they are not.</param>
    /// <param name="cancellationToken">Stops the verification.</param>
    /// <returns>Whether the segment itself is sound.</returns>
    public async Task<bool> VerifyAsync(
        SegmentToVerify segment, VerificationSection section, IncrementalHash? digest, RangeDigests? ranges, CancellationToken cancellationToken)
    {
        var isSound = await VerifyPresenceAsync(segment, section, cancellationToken);
        if (segment.IsRead && isSound)
            isSound = await VerifyBytesAsync(segment.Topic, segment.Segment, section, digest, ranges, cancellationToken);
        log.Verified(segment.Segment.Length, segment.IsRead);
        return isSound;
    }

    /// <summary>Whether a segment's removal has begun: one of its objects is missing.</summary>
    public async Task<bool> IsGoneAsync(SegmentReference segment, CancellationToken cancellationToken)
    {
        foreach (var name in SegmentIndexObjects.NamesOf(segment))
        {
            if (await store.GetLengthAsync(name, cancellationToken) is not null)
                continue;
            log.Passed(segment.Length);
            return true;
        }

        return false;
    }

    /// <summary>Verifies that a segment and its indexes are there, and have their sizes.</summary>
    /// <returns>Whether the segment itself is.</returns>
    public async Task<bool> VerifyPresenceAsync(SegmentToVerify toVerify, VerificationSection section, CancellationToken cancellationToken)
    {
        var (topic, segment) = (toVerify.Topic, toVerify.Segment);
        if (toVerify.Pack is { } pack)
        {
            if (toVerify.TellsOfPack && await pack.ProblemAsync(cancellationToken) is { } whole)
                section.Found(new VerificationFinding(segment.Object, whole, section.Epoch));
            return await pack.ProblemAsync(topic, segment, cancellationToken) is not { } problem || Found(segment.Object, problem);
        }

        if (SegmentFiles.BaseOffsetOf(segment.Object) != segment.Base || segment.Offset != 0)
            return Found(segment.Object, $"the reference leads to position {segment.Offset} in it, and is of a segment of base {segment.Base}");
        foreach (var extension in (string[])[SegmentFiles.OffsetIndex, SegmentFiles.TimeIndex, SegmentFiles.TransactionIndex])
        {
            var name = SegmentFiles.Beside(segment.Object, extension);
            var isExpected = extension != SegmentFiles.TransactionIndex || segment.Aborted.Count > 0;
            if (await store.GetLengthAsync(name, cancellationToken) is null == isExpected)
                Found(name, isExpected ? "it is missing" : "it is there, and the segment has no aborted ranges");
        }

        var length = await store.GetLengthAsync(segment.Object, cancellationToken);
        return length == segment.Length || Found(segment.Object, length is null ? "it is missing" : $"it has {length} bytes, and was to have {segment.Length}");

        bool Found(string name, string problem)
        {
            section.Found(topic, segment, name, problem);
            return false;
        }
    }

    private async Task<bool> VerifyBytesAsync(
        string topic, SegmentReference segment, VerificationSection section, IncrementalHash? digest, RangeDigests? ranges, CancellationToken cancellationToken)
    {
        var content = await SegmentContent.ReadAsync(() => store.OpenLogAsync(segment, cancellationToken), segment, digest, ranges, cancellationToken);
        if (content.Indexes is not { } indexes)
        {
            section.Found(topic, segment, segment.Object, content.Problem!, content.From);
            return false;
        }

        await (segment.IsPacked ? VerifyPackedIndexesAsync(topic, segment, indexes, section, cancellationToken) : VerifyIndexesAsync(topic, segment, indexes, section, cancellationToken));
        return true;
    }

    private async Task VerifyIndexesAsync(string topic, SegmentReference segment, SegmentIndexFiles indexes, VerificationSection section, CancellationToken cancellationToken)
    {
        foreach (var (name, content) in SegmentIndexObjects.Of(segment, indexes))
        {
            try
            {
                var there = await store.ReadAllAsync(name, cancellationToken);
                if (!content.Span.SequenceEqual(there))
                    section.Found(topic, segment, name, "it is not the index of its segment");
            }
            catch (ObjectNotFoundException)
            {
                // Told already.
            }
            catch (Exception e) when (e is IOException or DamagedObjectException)
            {
                section.Found(topic, segment, name, $"it can't be read: {RepositoryException.WhatOf(e)}");
            }
        }
    }

    private async Task VerifyPackedIndexesAsync(string topic, SegmentReference segment, SegmentIndexFiles indexes, VerificationSection section, CancellationToken cancellationToken)
    {
        var expected = PackLayout.IndexBlock(indexes);
        var there = new byte[expected.Length];
        try
        {
            await using var stream = await store.OpenReadAsync(segment.Object, segment.Offset + segment.Length, expected.Length, cancellationToken);
            await stream.ReadAtLeastAsync(there, there.Length, throwOnEndOfStream: false, cancellationToken);
            if (!expected.AsSpan().SequenceEqual(there))
                section.Found(topic, segment, segment.Object, $"the indexes at {segment.Offset + segment.Length} are not those of their segment");
        }
        catch (Exception e) when (e is IOException or ObjectNotFoundException or DamagedObjectException)
        {
            section.Found(topic, segment, segment.Object, $"the indexes at {segment.Offset + segment.Length} can't be read: {RepositoryException.WhatOf(e)}");
        }
    }
}
