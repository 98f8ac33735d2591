using System.Text.Json;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
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

    [Theory]
    [InlineData("message.timestamp.after.max.ms", Batches.Now)]
    [InlineData("message.timestamp.before.max.ms", Batches.Now * 2)]
    [InlineData("message.timestamp.difference.max.ms", -1)]
    public async Task A_limit_for_one_direction_is_none_for_the_other_and_no_timestamp_is_within_every_limit(string limit, long timestamp)
    {
        await using var broker = TestBroker.StartWith(1, (limit, "1000"));
        using var client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("t", Batches.Of(Batches.Plain, CompressionType.None, timestamp, "a"))).ErrorCode);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public async Task A_largest_timestamp_that_is_not_the_records_is_put_right(CompressionType codec)
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        await client.ProduceAsync("t", Batches.Change(Batches.Of(Batches.Plain, codec, Batches.Now, "a"), h => h with { MaxTimestamp = 5 }));
        var records = (await client.FetchAsync("t", 0)).Records!.Value;
        Assert.True(RecordBatch.TryTake(ref records, out var batch));
        Assert.Equal((Batches.Now, true), (batch.Header.MaxTimestamp, batch.HasValidCrc));
        Assert.Equal(0, (await client.ListOffsetAsync("t", Batches.Now)).Offset);
    }

    [Fact]
    public async Task What_a_real_broker_took_or_refused_is_taken_or_refused_alike()
    {
        var exchanges = File.ReadLines(ProjectTree.PathOf("tests", "KafkaBackup.Testing", "Fixtures", "wire", "00-Produce.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(e => e.GetProperty("response").ValueKind == JsonValueKind.String && e.GetProperty("apiVersion").GetInt16() >= Apis.Of(ApiKey.Produce).MinVersion)
            .ToList();
        var compared = new List<ErrorCode>();
        foreach (var exchange in exchanges)
        {
            var (header, body) = Frames.ReadRequestHeader(Convert.FromHexString(exchange.GetProperty("request").GetString()!));
            var request = (ProduceRequest)Frames.ReadRequest(Apis.Of(ApiKey.Produce), body);
            var answers = ((ProduceResponse)Frames.ReadResponse(Apis.Of(ApiKey.Produce), header.Version, Convert.FromHexString(exchange.GetProperty("response").GetString()!)).Response)
                .Topics.SelectMany(topic => topic.Partitions.Select(p => (topic.Topic, p))).ToDictionary(x => (x.Topic, x.p.Partition), x => x.p);
            foreach (var (topic, partition) in request.Topics.SelectMany(topic => topic.Partitions.Select(p => (topic.Topic, p))))
            {
                var expected = answers[(topic, partition.Partition)];
                // What is taken of a producer needs its whole history.
                if (partition.Records is not { } records || !BatchHeader.TryRead(records.Span, out var batch) || (batch.ProducerId >= 0 && expected.ErrorCode == ErrorCode.None))
                    continue;
                // The limit that the topic had there is between what was taken and what was not.
                await using var broker = TestBroker.StartWith(1, ("max.message.bytes", expected.ErrorCode == ErrorCode.MessageTooLarge ? $"{records.Length - 1}" : "20000"));
                using var client = await broker.ConnectAsync();
                var answer = (await client.AskAsync(Batches.Produce("t", records.ToArray(), acks: request.Acks), header.Version)).Topics.Single().Partitions.Single();
                Assert.Equal((expected.ErrorCode, expected.LogAppendTimeMs, expected.LogStartOffset), (answer.ErrorCode, answer.LogAppendTimeMs, answer.LogStartOffset));
                compared.Add(answer.ErrorCode);
            }
        }

        Assert.True(compared.Count > 20, $"{compared.Count} partitions");
        Assert.Contains(ErrorCode.MessageTooLarge, compared);
    }

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
