using System.Security.Cryptography;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Verification;

/// <summary>
/// Counts and hashes batches by the ranges that epochs have added: a merged segment holds those of several epochs. A batch belongs to the range that its last offset lies in.
/// </summary>
/// <param name="ranges">The ranges of a partition, ascending.</param>
internal sealed class RangeDigests(IReadOnlyList<PartitionEpoch> ranges) : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Counts[] counts = [.. ranges.Select(_ => new Counts(0, 0, 0, -1, null))];
    private int current;

    /// <summary>Takes the next batch.</summary>
    public void Add(in RecordBatch batch)
    {
        var header = batch.Header;
        while (current < ranges.Count && header.LastOffset >= ranges[current].To)
            End();
        if (current == ranges.Count || header.LastOffset < ranges[current].From)
            return;
        hash.AppendData(batch.Bytes.Span);
        var before = counts[current];
        counts[current] = before with
        {
            Batches = before.Batches + 1,
            Records = before.Records + (header.IsControl ? 0 : header.RecordCount),
            Bytes = before.Bytes + header.TotalSize,
            MaxTimestamp = header.IsControl ? before.MaxTimestamp : Math.Max(before.MaxTimestamp, header.MaxTimestamp),
        };
    }

    /// <summary>What each range has come to.</summary>
    public IReadOnlyList<Counts> Complete()
    {
        while (current < ranges.Count)
            End();
        return counts;
    }

    public void Dispose() => hash.Dispose();

    private void End()
    {
        var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (counts[current].Batches > 0)
            counts[current] = counts[current] with { Digest = digest };
        current++;
    }

    /// <summary>What was counted of a range.</summary>
    internal sealed record Counts(long Batches, long Records, long Bytes, long MaxTimestamp, string? Digest)
    {
        /// <summary>What an epoch says of a range.</summary>
        public static Counts Of(PartitionEpoch range) => new(range.Batches, range.Records, range.Bytes, range.MaxTimestamp, range.Digest);
    }
}
