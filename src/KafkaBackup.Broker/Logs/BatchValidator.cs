using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>
/// Judges a produced batch as Kafka's brokers do before they append it. Records are scanned for their offsets, not decoded; compressed
/// ones are decompressed for it.
/// </summary>
internal static class BatchValidator
{
    /// <summary>Judges the batch and makes it what the topic asks for; <paramref name="batch"/> may come back as other bytes.</summary>
    /// <returns>An error with its message, or none.</returns>
    public static (ErrorCode Error, string? Message) Prepare(ref Memory<byte> batch, LogSettings settings, long now, out BatchHeader header)
    {
        header = default;
        try
        {
            if (!BatchHeader.TryRead(batch.Span, out header))
                return (ErrorCode.CorruptMessage, "a batch shorter than its header");
        }
        catch (InvalidBatchException e)
        {
            return batch.Span[BatchMagicPosition] == BatchHeader.SupportedMagic
                ? (ErrorCode.InvalidRecord, e.Message)
                : (ErrorCode.UnsupportedForMessageFormat, e.Message);
        }

        if (header.Magic != BatchHeader.SupportedMagic)
            return (ErrorCode.UnsupportedForMessageFormat, $"a message of magic {header.Magic} is not taken");
        if (header.TotalSize > batch.Length)
            return (ErrorCode.CorruptMessage, $"a batch of {header.TotalSize} bytes is cut off at {batch.Length}");
        if (header.TotalSize < batch.Length)
            return (ErrorCode.InvalidRecord, "a partition's records must be exactly one batch");
        if (batch.Length > settings.MaxMessageBytes)
            return (ErrorCode.MessageTooLarge, $"a batch of {batch.Length} bytes exceeds max.message.bytes, {settings.MaxMessageBytes}");
        if (Crc32C.Compute(batch.Span[BatchAttributesPosition..]) != header.Crc)
            return (ErrorCode.CorruptMessage, "the CRC does not match");
        if (header.BaseOffset != 0)
            return (ErrorCode.InvalidRecord, $"the base offset is {header.BaseOffset}, not 0");
        if (header.RecordCount <= 0 || !header.IsDense)
            return (ErrorCode.InvalidRecord, $"{header.RecordCount} records in {header.LastOffsetDelta + 1} offsets");
        if (header is { ProducerId: >= 0, BaseSequence: < 0 })
            return (ErrorCode.InvalidRecord, $"the sequence number {header.BaseSequence} is below 0");
        if (header.IsControl)
            return (ErrorCode.InvalidRecord, "clients are not allowed to write control records");
        if (header.TimestampType == TimestampType.LogAppendTime)
            return (ErrorCode.InvalidTimestamp, "the timestamp type is for the broker to set");
        return Records(ref batch, ref header, settings, now);
    }

    private const int BatchMagicPosition = 16;
    private const int BatchAttributesPosition = 21;

    private static (ErrorCode Error, string? Message) Records(ref Memory<byte> batch, ref BatchHeader header, LogSettings settings, long now)
    {
        using var buffer = new PooledBuffer(CompressionCodecs.DefaultLimit);
        ReadOnlyMemory<byte> records;
        try
        {
            records = new RecordBatch(header, batch).Decompress(buffer);
        }
        catch (InvalidBatchException e)
        {
            return (ErrorCode.CorruptMessage, e.Message);
        }

        var error = Scan(records.Span, header, settings, now);
        if (error.Error != ErrorCode.None)
            return error;
        if (settings.Compression is { } wanted && wanted != header.Compression)
        {
            batch = Recompress(records.Span, header, wanted);
            BatchHeader.TryRead(batch.Span, out header);
            if (batch.Length > settings.MaxMessageBytes)
                return (ErrorCode.MessageTooLarge, $"recompressed, {batch.Length} bytes exceed max.message.bytes, {settings.MaxMessageBytes}");
        }

        if (settings.TimestampType == TimestampType.LogAppendTime)
        {
            header = header with { Attributes = header.Attributes | BatchAttributes.LogAppendTime, MaxTimestamp = now };
            header.Write(batch.Span);
            BatchHeader.Seal(batch.Span);
            BatchHeader.TryRead(batch.Span, out header);
        }

        return batch.Length > settings.SegmentBytes
            ? (ErrorCode.RecordListTooLarge, $"a batch of {batch.Length} bytes exceeds segment.bytes, {settings.SegmentBytes}")
            : (ErrorCode.None, null);
    }

    private static (ErrorCode Error, string? Message) Scan(ReadOnlySpan<byte> records, in BatchHeader header, LogSettings settings, long now)
    {
        var checkTime = settings.TimestampType == TimestampType.CreateTime && settings.TimestampDifferenceMaxMs != long.MaxValue;
        for (var i = 0; i < header.RecordCount; i++)
        {
            var size = RawRecord.Read(records, out var record);
            if (size == 0)
                return (ErrorCode.InvalidRecord, $"record {i} of {header.RecordCount} is cut off or malformed");
            if (record.OffsetDelta != i)
                return (ErrorCode.InvalidRecord, $"record {i} has the offset delta {record.OffsetDelta}");
            if (settings.Compacted && Varint.Read32(record.Body).Value < 0)
                return (ErrorCode.InvalidRecord, "a compacted topic does not accept a record without a key");
            if (checkTime && IsFar(header.BaseTimestamp + record.TimestampDelta, now, settings.TimestampDifferenceMaxMs))
                return (ErrorCode.InvalidTimestamp, $"the timestamp {header.BaseTimestamp + record.TimestampDelta} is too far from now, {now}");
            records = records[size..];
        }

        return records.IsEmpty ? (ErrorCode.None, null) : (ErrorCode.InvalidRecord, $"{records.Length} bytes follow the last record");
    }

    private static bool IsFar(long timestamp, long now, long limit) => timestamp != -1 && Int128.Abs((Int128)timestamp - now) > limit;

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
