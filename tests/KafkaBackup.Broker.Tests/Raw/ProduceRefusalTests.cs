using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>What a broker does not append, and how it says so.</summary>
public sealed class ProduceRefusalTests
{
    [Fact]
    public Task A_damaged_batch_is_corrupt() => RefusedAsync(ErrorCode.CorruptMessage, batch =>
    {
        batch[^1] ^= 1;
        return batch;
    });

    [Fact]
    public Task Damaged_compressed_records_are_corrupt() => RefusedAsync(ErrorCode.CorruptMessage, _ =>
    {
        var batch = Batches.Of(Batches.Plain, CompressionType.Gzip, Batches.Now, "a", "b");
        batch[^12] ^= 0xff;
        return Batches.Change(batch, h => h);
    });

    [Fact]
    public Task A_base_offset_other_than_zero_is_invalid() =>
        RefusedAsync(ErrorCode.InvalidRecord, batch => Batches.Change(batch, h => h with { BaseOffset = 5 }));

    [Fact]
    public Task A_batch_with_a_hole_is_invalid() =>
        RefusedAsync(ErrorCode.InvalidRecord, batch => Batches.Change(batch, h => h with { LastOffsetDelta = h.LastOffsetDelta + 1 }));

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Zstd)]
    public Task Offset_deltas_that_are_not_consecutive_are_invalid(CompressionType compression) => RefusedAsync(ErrorCode.InvalidRecord, _ =>
    {
        using var builder = new RecordBatchBuilder { Compression = compression };
        builder.Add(Batches.Now, 0, [1, 1, 0]);
        builder.Add(Batches.Now, 2, [1, 1, 0]);
        return Batches.Change(builder.Build(Batches.Plain).ToArray(), h => h with { LastOffsetDelta = 1 });
    });

    [Fact]
    public Task An_empty_batch_is_invalid() => RefusedAsync(ErrorCode.InvalidRecord, _ => Batches.Of(Batches.Plain));

    [Fact]
    public Task Two_batches_are_invalid() => RefusedAsync(ErrorCode.InvalidRecord, batch => [.. batch, .. batch]);

    [Fact]
    public Task A_control_batch_is_invalid() => RefusedAsync(
        ErrorCode.InvalidRecord, batch => Batches.Change(batch, h => h with { Attributes = BatchAttributes.Control }));

    [Fact]
    public Task The_LogAppendTime_bit_is_for_the_broker() => RefusedAsync(
        ErrorCode.InvalidTimestamp, batch => Batches.Change(batch, h => h with { Attributes = BatchAttributes.LogAppendTime }));

    [Fact]
    public Task A_transactional_batch_without_a_transactional_id_is_not_authorized() => RefusedAsync(
        ErrorCode.TransactionalIdAuthorizationFailed, _ => Batches.Of(Batches.Transactional(7, 0, 0), "a"));

    [Fact]
    public Task An_old_magic_is_invalid() => RefusedAsync(ErrorCode.InvalidRecord, batch =>
    {
        batch[16] = 1;
        return batch;
    });

    [Fact]
    public Task A_magic_that_there_is_not_is_corrupt() => RefusedAsync(ErrorCode.CorruptMessage, batch =>
    {
        batch[16] = 3;
        return batch;
    });

    [Fact]
    public Task A_batch_that_is_cut_off_is_none() => RefusedAsync(ErrorCode.InvalidRecord, batch => batch[..^1]);

    [Fact]
    public Task A_size_is_judged_before_a_checksum() => RefusedAsync(
        ErrorCode.MessageTooLarge,
        _ =>
        {
            var batch = Batches.Of(Batches.Plain, new string('x', 300));
            batch[^1] ^= 1;
            return batch;
        },
        ("max.message.bytes", "300"));

    [Fact]
    public Task A_sequence_below_zero_is_invalid() => RefusedAsync(
        ErrorCode.InvalidRecord, batch => Batches.Change(batch, h => h with { ProducerId = 7, ProducerEpoch = 0, BaseSequence = -1 }));

    [Fact]
    public Task A_batch_above_max_message_bytes_is_too_large() =>
        RefusedAsync(ErrorCode.MessageTooLarge, _ => Batches.Of(Batches.Plain, new string('x', 300)), ("max.message.bytes", "300"));

    [Fact]
    public Task A_batch_above_segment_bytes_is_too_large_a_list() =>
        RefusedAsync(ErrorCode.RecordListTooLarge, _ => Batches.Of(Batches.Plain, new string('x', 300)), ("segment.bytes", "300"));

    [Fact]
    public Task A_batch_that_grows_above_max_message_bytes_when_recompressed_is_too_large() => RefusedAsync(
        ErrorCode.MessageTooLarge,
        _ => Batches.Of(Batches.Plain, CompressionType.Gzip, Batches.Now, new string('x', 2000)),
        ("max.message.bytes", "500"),
        ("compression.type", "uncompressed"));

    [Fact]
    public Task A_timestamp_too_far_from_now_is_invalid() =>
        RefusedAsync(ErrorCode.InvalidTimestamp, batch => batch, ("message.timestamp.difference.max.ms", "1000"));

    [Fact]
    public Task A_timestamp_too_far_back_is_invalid() =>
        RefusedAsync(ErrorCode.InvalidTimestamp, batch => batch, ("message.timestamp.before.max.ms", "1000"), ("message.timestamp.after.max.ms", "1000"));

    [Fact]
    public Task A_timestamp_too_far_ahead_is_invalid() => RefusedAsync(
        ErrorCode.InvalidTimestamp, _ => Batches.Of(Batches.Plain, CompressionType.None, Batches.Now * 2, "a"), ("message.timestamp.after.max.ms", "1000"));

    [Fact]
    public Task A_compacted_topic_wants_keys() => RefusedAsync(ErrorCode.InvalidRecord, batch => batch, ("cleanup.policy", "compact"));

    [Fact]
    public async Task An_unknown_topic_or_partition_is_said_to_be_so()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await client.ProduceAsync("other", Batches.Of(Batches.Plain, "a"))).ErrorCode);
        var answer = await client.AskAsync(Batches.Produce("t", Batches.Of(Batches.Plain, "a"), partition: 1));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, answer.Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task Zstd_needs_version_7()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var request = Batches.Produce("t", Batches.Of(Batches.Plain, CompressionType.Zstd, Batches.Now, "a"));
        Assert.Equal(ErrorCode.UnsupportedCompressionType, (await client.AskAsync(request, version: 6)).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.None, (await client.AskAsync(request, version: 7)).Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task Acks_other_than_0_1_and_all_are_refused_and_0_gets_no_answer()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var answer = await client.AskAsync(Batches.Produce("t", Batches.Of(Batches.Plain, "a"), acks: 2));
        Assert.Equal(ErrorCode.InvalidRequiredAcks, answer.Topics[0].Partitions[0].ErrorCode);
        await client.SendAsync(Batches.Produce("t", Batches.Of(Batches.Plain, "a"), acks: 0));
        Assert.Equal(1, await client.EndAsync("t"));
    }

    private static async Task RefusedAsync(ErrorCode expected, Func<byte[], byte[]> spoil, params (string Name, string Value)[] configs)
    {
        await using var broker = TestBroker.Start(options => options with
        {
            Topics = [new StartTopic("t") { Configs = configs.ToDictionary(c => c.Name, c => c.Value) }, new StartTopic("good")],
        });
        using var client = await broker.ConnectAsync();
        var batch = Batches.Of(Batches.Plain, "a", "b");
        var refused = await client.ProduceAsync("t", spoil((byte[])batch.Clone()));
        Assert.Equal((expected, -1), (refused.ErrorCode, refused.BaseOffset));
        Assert.NotNull(refused.ErrorMessage);
        Assert.Equal(0, await client.EndAsync("t"));
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("good", batch)).ErrorCode);
    }
}
