using System.Security.Cryptography;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Reading;

/// <summary>
/// The batches of a segment from a position on. Each one's CRC and place are checked before it is handed out; the segment's SHA-256 at its end, if all of it
/// was read.
/// </summary>
/// <param name="store">Where from.</param>
/// <param name="topic">The topic, for messages.</param>
/// <param name="segment">The segment.</param>
/// <param name="position">Where a batch begins, in bytes from the segment's start.</param>
internal sealed class SegmentBatches(IObjectStore store, string topic, SegmentReference segment, long position) : IAsyncDisposable
{
    private readonly IncrementalHash? hash = position == 0 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private BatchStream? stream;
    private long nextOffset = -1;

    /// <summary>The batch that was read last; valid until the next call.</summary>
    public RecordBatch Current => stream!.Current;

    /// <summary>Where the next batch begins, in bytes from the segment's start.</summary>
    public long Position => position + (stream?.Position ?? 0);

    /// <summary>Goes to the next batch; false at the segment's end.</summary>
    /// <exception cref="DamagedSegmentException">The segment is missing, or not what its reference says.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            stream ??= new BatchStream(
                new WindowedStream(store, segment.Object, segment.Offset + position, segment.Length - position), segment.Length - position, bytes => hash?.AppendData(bytes));
            while (await stream.ReadAsync(cancellationToken))
            {
                Check(stream.Current.Header);
                if (stream.Current.Header.LastOffset < segment.To)
                    return true;
                // What lies above the epoch's cut is read for the segment's hash alone.
                if (hash is null)
                    return false;
            }
        }
        catch (Exception e) when (e is InvalidBatchException or EndOfStreamException or ObjectNotFoundException or DamagedObjectException)
        {
            throw Damage(RepositoryException.WhatOf(e), e);
        }

        if (hash is not null && Convert.ToHexStringLower(hash.GetCurrentHash()) != segment.Sha256)
            throw Damage("its bytes do not have its SHA-256");
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        hash?.Dispose();
        if (stream is not null)
            await stream.DisposeAsync();
    }

    /// <summary>What is wrong with a record of the current batch.</summary>
    public DamagedSegmentException Damage(string problem, Exception? inner = null) =>
        new(segment.Object, topic, segment.Partition, Math.Max(nextOffset, segment.From), segment.To, problem, inner);

    private void Check(in BatchHeader header)
    {
        if (nextOffset < 0 && position == 0 && header.SegmentBase(segment.From) != segment.Base)
            throw Damage($"its first batch is at {header.SegmentBase(segment.From)} instead of {segment.Base}");
        if (header.BaseOffset < nextOffset || header.LastOffset < segment.From || header.LastOffset >= segment.StoredTo)
            throw Damage($"the batch of offsets {header.BaseOffset} to {header.LastOffset} is out of place");
        nextOffset = header.NextOffset;
    }
}
