using System.Security.Cryptography;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Segments;

/// <summary>
/// Reads segments of one partition, batch by batch. Every batch's CRC and order is checked before it is handed out, every segment's length and SHA-256 by the
/// time that its last batch has been
/// passed, or before the first is where nothing else tells that it is at its right offset: whoever must not act on a damaged segment at all verifies first. Of a segment that ends above the epoch's cut, the batches below the cut are handed out, and all are checked.
/// </summary>
/// <param name="store">Where from.</param>
/// <param name="topic">The topic, for messages.</param>
/// <param name="segments">The segments, in the order of their offsets.</param>
public sealed class PartitionReader(IObjectStore store, string topic, IReadOnlyList<SegmentReference> segments) : IAsyncDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private BatchStream? stream;
    private int next;
    private long nextOffset = -1;
    private bool isTrusted;

    /// <summary>The batch that was read last; valid until the next call.</summary>
    public StoredBatch Current { get; private set; }

    /// <summary>Goes to the next batch; false at the end of the last segment.</summary>
    /// <exception cref="DamagedSegmentException">The segment is missing, or not what its reference says.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (stream is not null || next < segments.Count)
        {
            var segment = segments[stream is null ? next : next - 1];
            try
            {
                if (stream is null)
                    await OpenAsync(segment, cancellationToken);
                if (await stream!.ReadAsync(cancellationToken))
                {
                    Check(stream.Current.Header, segment);
                    if (!isTrusted && !IsNext(stream.Current.Header, segment))
                        await TrustAsync(segment, cancellationToken);
                    nextOffset = stream.Current.Header.NextOffset;
                    Current = new StoredBatch(stream.Current, segment);
                    // Batches above the epoch's cut are read for the segment's hash alone.
                    if (Current.Header.LastOffset < segment.To)
                        return true;
                    continue;
                }

                await CloseAsync(segment);
            }
            catch (Exception e) when (e is InvalidBatchException or EndOfStreamException or ObjectNotFoundException or DamagedObjectException)
            {
                throw Damage(segment, RepositoryException.WhatOf(e), e);
            }
        }

        Current = default;
        return false;
    }

    /// <summary>Closes what is open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stream is not null)
            await stream.DisposeAsync();
        stream = null;
        next = segments.Count;
        hash.Dispose();
    }

    private async ValueTask OpenAsync(SegmentReference segment, CancellationToken cancellationToken)
    {
        stream = new BatchStream(await store.OpenLogAsync(segment, cancellationToken), segment.Length, hash.AppendData);
        next++;
        nextOffset = -1;
        isTrusted = false;
    }

    /// <summary>
    /// Whether a batch is where it must be. No CRC covers a batch's offset; where the records take every offset there is only one that it can have. Where there are holes, as in compacted
    /// topics and those with transactions, another one may fit as well; and old messages' offsets are told by other rules.
    /// </summary>
    private bool IsNext(in BatchHeader header, SegmentReference segment) =>
        segment.Records == segment.StoredTo - segment.Base && header.Magic == BatchHeader.SupportedMagic && header.BaseOffset == (nextOffset < 0 ? segment.Base : nextOffset);

    /// <summary>Reads the whole segment for its hash, before anything of it is handed out that could be at a wrong offset.</summary>
    private async Task TrustAsync(SegmentReference segment, CancellationToken cancellationToken)
    {
        await using var log = await store.OpenLogAsync(segment, cancellationToken);
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(log, cancellationToken)) != segment.Sha256)
            throw Damage(segment, "its bytes do not have its SHA-256");
        isTrusted = true;
    }

    private async ValueTask CloseAsync(SegmentReference segment)
    {
        await stream!.DisposeAsync();
        stream = null;
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != segment.Sha256)
            throw Damage(segment, "its bytes do not have its SHA-256");
    }

    private void Check(in BatchHeader header, SegmentReference segment)
    {
        if (nextOffset < 0 && header.SegmentBase(segment.From) != segment.Base)
            throw Damage(segment, $"its first batch is at {header.SegmentBase(segment.From)} instead of {segment.Base}");
        if (header.BaseOffset < nextOffset || header.LastOffset < segment.From || header.LastOffset >= segment.StoredTo)
            throw Damage(segment, $"the batch of offsets {header.BaseOffset} to {header.LastOffset} is out of place");
    }

    private DamagedSegmentException Damage(SegmentReference segment, string problem, Exception? inner = null) =>
        new(segment.Object, topic, segment.Partition, Math.Max(nextOffset, segment.From), segment.To, problem, inner);
}
