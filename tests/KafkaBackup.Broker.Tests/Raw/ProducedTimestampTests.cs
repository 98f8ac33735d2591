using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Protocol.Messages;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>What becomes of records' timestamps, and which record a refusal names.</summary>
public sealed class ProducedTimestampTests
{
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
    public async Task The_record_that_a_batch_is_refused_for_is_named_from_version_8_on()
    {
        await using var broker = TestBroker.StartWith(1, ("message.timestamp.before.max.ms", "1000"));
        using var client = await broker.ConnectAsync();
        using var builder = new RecordBatchBuilder();
        foreach (var timestamp in new[] { -1, -1, Batches.Now })
            builder.Add(timestamp, null, new byte[] { 1 }, []);
        var batch = builder.Build(Batches.Plain).ToArray();
        foreach (var (version, named) in new (short, int[])[] { (7, []), (8, [2]) })
        {
            var answer = (await client.AskAsync(Batches.Produce("t", (byte[])batch.Clone()), version)).Topics[0].Partitions[0];
            Assert.Equal(ErrorCode.InvalidTimestamp, answer.ErrorCode);
            Assert.Equal(named, answer.RecordErrors.Select(record => record.BatchIndex));
        }
    }
}
