using System.Security.Cryptography;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>What a segment's bytes have turned out to be.</summary>
/// <param name="Problem">The first thing that is wrong; null if nothing is.</param>
/// <param name="From">The first offset concerned.</param>
/// <param name="Indexes">The indexes that belong to the bytes; null if something is wrong.</param>
internal sealed record SegmentContent(string? Problem, long From, SegmentIndexFiles? Indexes)
{
    /// <summary>Reads a segment's bytes, and holds them against its reference.</summary>
    /// <param name="log">Opens its bytes, which are disposed of.</param>
    /// <param name="segment">Its reference.</param>
    /// <param name="digest">Takes in the bytes as well; null where nobody asks.</param>
    /// <param name="ranges">Takes in the batches, where they are those of several epochs; null where they are not.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<SegmentContent> ReadAsync(
        Func<Task<Stream>> log, SegmentReference segment, IncrementalHash? digest, RangeDigests? ranges, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var tally = new SegmentTally(segment.Base, segment.From, new SegmentPolicy(int.MaxValue, segment.IndexInterval));
        var aborted = new AbortedBatches();
        aborted.Learn(segment.Aborted);
        try
        {
            await using var batches = new BatchStream(await log(), segment.Length, Pass);
            while (await batches.ReadAsync(cancellationToken))
            {
                var header = batches.Current.Header;
                if (Misplacement(header, segment, tally) is { } problem)
                    return new SegmentContent(problem, tally.NextOffset, null);
                tally.Add(header);
                aborted.Add(header);
                ranges?.Add(batches.Current);
            }
        }
        catch (Exception e) when (e is InvalidBatchException or IOException or ObjectNotFoundException or DamagedObjectException)
        {
            return new SegmentContent(RepositoryException.WhatOf(e), tally.NextOffset, null);
        }

        var counted = tally.Close(segment.Partition, segment.Object, Convert.ToHexStringLower(hash.GetCurrentHash()), aborted.EndSegment(tally.NextOffset));
        return Difference(counted, segment) is { } difference
            ? new SegmentContent(difference, segment.From, null)
            : new SegmentContent(null, segment.From, SegmentIndexFiles.Of(counted, tally.Indexes));

        void Pass(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            digest?.AppendData(bytes);
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
}
