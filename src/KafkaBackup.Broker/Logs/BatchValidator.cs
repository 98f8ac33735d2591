using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>
/// Judges a produced batch as Kafka's brokers do before they append it, in their order. Source: ProduceRequest.validateRecords, Log.analyzeAndValidateRecords and
/// LogValidator of Kafka 2.4, and KIP-937 for how far a time may lie back or ahead. Records are scanned for their offsets, not decoded; compressed
/// ones are decompressed for it.
/// </summary>
internal static class BatchValidator
{
    /// <summary>Judges the batch and makes it what the topic asks for; <paramref name="batch"/> may come back as other bytes.</summary>
    /// <returns>An error with its message, or none.</returns>
    public static BatchVerdict Prepare(ref Memory<byte> batch, LogSettings settings, long now, out BatchHeader header)
    {
        header = default;
        try
        {
            if (!BatchHeader.TryRead(batch.Span, out header))
                return new BatchVerdict(ErrorCode.CorruptMessage, "a batch shorter than its header");
        }
        catch (InvalidBatchException e)
        {
            return batch.Span[BatchMagicPosition] == BatchHeader.SupportedMagic
                ? new BatchVerdict(ErrorCode.InvalidRecord, e.Message)
                : new BatchVerdict(ErrorCode.CorruptMessage, e.Message);
        }

        if (header.Magic != BatchHeader.SupportedMagic)
            return new BatchVerdict(ErrorCode.InvalidRecord, $"a message of magic {header.Magic} is not taken");
        if (header.TotalSize != batch.Length)
            return new BatchVerdict(ErrorCode.InvalidRecord, "a partition's records must be exactly one batch");
        if (header.BaseOffset != 0)
            return new BatchVerdict(ErrorCode.InvalidRecord, $"the base offset is {header.BaseOffset}, not 0");
        if (batch.Length > settings.MaxMessageBytes)
            return new BatchVerdict(ErrorCode.MessageTooLarge, $"a batch of {batch.Length} bytes exceeds max.message.bytes, {settings.MaxMessageBytes}");
        if (Crc32C.Compute(batch.Span[BatchAttributesPosition..]) != header.Crc)
            return new BatchVerdict(ErrorCode.CorruptMessage, "the CRC does not match");
        if (header.RecordCount <= 0 || !header.IsDense)
            return new BatchVerdict(ErrorCode.InvalidRecord, $"{header.RecordCount} records in {header.LastOffsetDelta + 1} offsets");
        if (header.IsControl)
            return new BatchVerdict(ErrorCode.InvalidRecord, "clients are not allowed to write control records");
        if (header is { ProducerId: >= 0, BaseSequence: < 0 })
            return new BatchVerdict(ErrorCode.InvalidRecord, $"the sequence number {header.BaseSequence} is below 0");
        if (header.TimestampType == TimestampType.LogAppendTime)
            return new BatchVerdict(ErrorCode.InvalidTimestamp, "the timestamp type is for the broker to set");
        return Records(ref batch, ref header, settings, now);
    }

    private const int BatchMagicPosition = 16;
    private const int BatchAttributesPosition = 21;

    private static BatchVerdict Records(ref Memory<byte> batch, ref BatchHeader header, LogSettings settings, long now)
    {
        using var buffer = new PooledBuffer(CompressionCodecs.DefaultLimit);
        ReadOnlyMemory<byte> records;
        try
        {
            records = new RecordBatch(header, batch).Decompress(buffer);
        }
        catch (InvalidBatchException e)
        {
            return new BatchVerdict(ErrorCode.CorruptMessage, e.Message);
        }

        var error = Scan(records.Span, header, settings, now, out var maxTimestamp);
        if (error.Error != ErrorCode.None)
            return error;
        // What the producer says of the largest timestamp is not believed: whoever looks for a time would pass the batch over.
        if (header.MaxTimestamp != maxTimestamp)
            Rewrite(batch.Span, ref header, header with { MaxTimestamp = maxTimestamp });
        if (settings.Compression is { } wanted && wanted != header.Compression)
        {
            batch = Recompress(records.Span, header, wanted);
            BatchHeader.TryRead(batch.Span, out header);
            if (batch.Length > settings.MaxMessageBytes)
                return new BatchVerdict(ErrorCode.MessageTooLarge, $"recompressed, {batch.Length} bytes exceed max.message.bytes, {settings.MaxMessageBytes}");
        }

        if (settings.TimestampType == TimestampType.LogAppendTime)
            Rewrite(batch.Span, ref header, header with { Attributes = header.Attributes | BatchAttributes.LogAppendTime, MaxTimestamp = now });

        return batch.Length > settings.SegmentBytes
            ? new BatchVerdict(ErrorCode.RecordListTooLarge, $"a batch of {batch.Length} bytes exceeds segment.bytes, {settings.SegmentBytes}")
            : new BatchVerdict(ErrorCode.None, null);
    }

    private static void Rewrite(Span<byte> batch, ref BatchHeader header, BatchHeader changed)
    {
        changed.Write(batch);
        BatchHeader.Seal(batch);
        BatchHeader.TryRead(batch, out header);
    }

    private static BatchVerdict Scan(ReadOnlySpan<byte> records, in BatchHeader header, LogSettings settings, long now, out long maxTimestamp)
    {
        maxTimestamp = -1;
        var checkTime = settings.TimestampType == TimestampType.CreateTime && (settings.TimestampBeforeMaxMs != long.MaxValue || settings.TimestampAfterMaxMs != long.MaxValue);
        for (var i = 0; i < header.RecordCount; i++)
        {
            var size = RawRecord.Read(records, out var record);
            if (size == 0)
                return new BatchVerdict(ErrorCode.InvalidRecord, $"record {i} of {header.RecordCount} is cut off or malformed", i);
            if (record.OffsetDelta != i)
                return new BatchVerdict(ErrorCode.InvalidRecord, $"record {i} has the offset delta {record.OffsetDelta}", i);
            if (settings.Cleanup.Compact && Varint.Read32(record.Body).Value < 0)
                return new BatchVerdict(ErrorCode.InvalidRecord, "a compacted topic does not accept a record without a key", i);
            var timestamp = header.BaseTimestamp + record.TimestampDelta;
            if (checkTime && IsFar(timestamp, now, settings))
                return new BatchVerdict(ErrorCode.InvalidTimestamp, $"the timestamp {timestamp} is too far from now, {now}", i);
            maxTimestamp = Math.Max(maxTimestamp, timestamp);
            records = records[size..];
        }

        return records.IsEmpty ? new BatchVerdict(ErrorCode.None, null) : new BatchVerdict(ErrorCode.InvalidRecord, $"{records.Length} bytes follow the last record");
    }

    private static bool IsFar(long timestamp, long now, LogSettings settings) =>
        timestamp != -1 && ((Int128)now - timestamp > settings.TimestampBeforeMaxMs || (Int128)timestamp - now > settings.TimestampAfterMaxMs);

    private static byte[] Recompress(ReadOnlySpan<byte> records, in BatchHeader header, CompressionType wanted)
    {
        using var builder = new RecordBatchBuilder { Compression = wanted, BaseTimestamp = header.BaseTimestamp };
        while (!records.IsEmpty)
        {
            var size = RawRecord.Read(records, out var record);
            builder.Add(header.BaseTimestamp + record.TimestampDelta, record.OffsetDelta, record.Body);
            records = records[size..];
        }

        return builder.Build(header).ToArray();
    }
}
