using System.Runtime.CompilerServices;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Reading;

/// <summary>
/// Reads records out of a backup as a consumer would have seen them at the epoch's cut: no control batches, no aborted transactions, nothing below the log start.
/// It asks the store for the parts of segments that are needed, and no more.
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="epoch">The epoch.</param>
public sealed class RecordReader(BackupRepository repository, Epoch epoch)
{
    private readonly IObjectStore store = repository.Store;

    /// <summary>Reads a topic, partition by partition, each in the order of its offsets.</summary>
    /// <param name="topic">A topic that the epoch holds.</param>
    /// <param name="query">What is wanted.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">The epoch does not hold the topic.</exception>
    /// <exception cref="DamagedSegmentException">What comes next is damaged, or missing.</exception>
    public async IAsyncEnumerable<BackedUpRecord> ReadAsync(string topic, RecordQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var segments = (await repository.ReadSegmentsAsync(epoch, topic, cancellationToken)).ToLookup(segment => segment.Partition);
        foreach (var partition in epoch.Core.Topics.Single(held => held.Name == topic).Partitions.Where(p => query.Partition is null || p.Partition == query.Partition))
        {
            var begin = Math.Max(partition.LogStart, query.Offset ?? 0);
            await foreach (var record in ReadAsync(topic, segments[partition.Partition], begin, query, cancellationToken))
                yield return record;
        }
    }

    private async IAsyncEnumerable<BackedUpRecord> ReadAsync(
        string topic, IEnumerable<SegmentReference> segments, long begin, RecordQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seek = new SegmentSeek(store, topic);
        using var buffer = new PooledBuffer();
        var time = query.Time;
        foreach (var segment in segments.Where(segment => segment.To > begin))
        {
            if (time > segment.MaxTimestamp)
                continue;
            var from = Math.Max(begin, segment.From);
            var position = await seek.ToOffsetAsync(segment, from, cancellationToken);
            if (time is { } sought)
                position = Math.Max(position, await seek.ToTimeAsync(segment, sought, cancellationToken));
            var aborted = new AbortedLookup(segment.Aborted);
            await using var batches = new SegmentBatches(store, topic, segment, position);
            while (await batches.ReadAsync(cancellationToken))
            {
                var header = batches.Current.Header;
                if (header.LastOffset < from || time > header.MaxTimestamp || header.RecordCount == 0 || !aborted.IsVisible(header))
                    continue;
                foreach (var record in Records(batches, buffer))
                {
                    if (record.Offset < from || record.Offset >= segment.To || time > record.Timestamp)
                        continue;
                    time = null;
                    if (query.Key is not { } key || (record.Key is { } own && own.Span.SequenceEqual(key.Span)))
                        yield return new BackedUpRecord(topic, segment.Partition, header.Magic == 0 ? null : header.TimestampType, record);
                }
            }
        }
    }

    private static IReadOnlyList<Record> Records(SegmentBatches batches, PooledBuffer buffer)
    {
        try
        {
            return batches.Current.ReadRecords(buffer);
        }
        catch (InvalidBatchException e)
        {
            throw batches.Damage(RepositoryException.WhatOf(e), e);
        }
    }
}
