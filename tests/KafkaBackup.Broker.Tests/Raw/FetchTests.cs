using System.Diagnostics;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>What a fetch brings, and when.</summary>
public sealed class FetchTests
{
    [Fact]
    public async Task An_offset_inside_a_batch_brings_the_whole_batch()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        await client.ProduceAsync("t", Batches.Of(Batches.Plain, "a", "b", "c"));
        await client.ProduceAsync("t", Batches.Of(Batches.Plain, "d"));
        Assert.Equal(["a", "b", "c", "d"], Batches.Values(await client.FetchAsync("t", 1)));
        Assert.Equal(["d"], Batches.Values(await client.FetchAsync("t", 3)));
    }

    [Fact]
    public async Task The_first_batch_comes_whole_however_small_the_limit_and_only_the_first()
    {
        await using var broker = TestBroker.Start("t:2");
        using var client = await broker.ConnectAsync();
        for (var partition = 0; partition < 2; partition++)
        {
            for (var i = 0; i < 2; i++)
                await client.AskAsync(Batches.Produce("t", Batches.Of(Batches.Plain, new string('x', 1000)), partition: partition));
        }

        var response = await client.AskAsync(new FetchRequest
        {
            MaxBytes = 100,
            Topics =
            [
                new FetchTopic
                {
                    Topic = "t",
                    Partitions = [.. new[] { 0, 1 }.Select(p => new FetchPartition { Partition = p, PartitionMaxBytes = 1 << 20 })],
                },
            ],
        });
        Assert.Equal([1, 0], response.Topics[0].Partitions.Select(p => Batches.Values(p).Count));
    }

    [Fact]
    public async Task A_limit_may_cut_the_last_batch()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        var batch = Batches.Of(Batches.Plain, "a");
        for (var i = 0; i < 3; i++)
            await client.ProduceAsync("t", (byte[])batch.Clone());
        var fetched = await client.FetchAsync("t", 0, maxBytes: (batch.Length * 2) + 10);
        Assert.Equal((batch.Length * 2) + 10, fetched.Records!.Value.Length);
        Assert.Equal(2, Batches.Values(fetched).Count);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_offset_before_the_start_or_after_the_end_is_out_of_range(long offset)
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        await client.ProduceAsync("t", Batches.Of(Batches.Plain, "a", "b", "c"));
        await client.AskAsync(new DeleteRecordsRequest
        {
            Topics = [new DeleteRecordsTopic { Topic = "t", Partitions = [new DeleteRecordsPartition { Offset = 2 }] }],
        });
        var fetched = await client.FetchAsync("t", offset);
        Assert.Equal((ErrorCode.OffsetOutOfRange, -1), (fetched.ErrorCode, fetched.HighWatermark));
        Assert.Equal(ErrorCode.None, (await client.FetchAsync("t", 2)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await client.FetchAsync("t", 3)).ErrorCode);
    }

    [Fact]
    public async Task A_fetch_waits_for_enough_bytes_and_no_longer_than_told()
    {
        await using var broker = TestBroker.Start("t");
        using var reader = await broker.ConnectAsync();
        using var writer = await broker.ConnectAsync();
        var batch = Batches.Of(Batches.Plain, new string('x', 1000));
        await reader.SendAsync(Batches.Fetch("t", 0) with { MinBytes = 1500, MaxWaitMs = 20_000 });
        var answer = reader.ReceiveAsync(ApiKey.Fetch);
        await writer.ProduceAsync("t", (byte[])batch.Clone());
        // Another reader, to whom less is enough, has been told of the append: the first one could have been too.
        using var other = await broker.ConnectAsync();
        Assert.Single(Batches.Values(await other.FetchAsync("t", 0)));
        Assert.False(answer.IsCompleted);
        await writer.ProduceAsync("t", (byte[])batch.Clone());
        Assert.Equal(2, Batches.Values(((FetchResponse)await answer).Topics[0].Partitions[0]).Count);

        var waited = Stopwatch.StartNew();
        Assert.Empty(Batches.Values((await reader.AskAsync(Batches.Fetch("t", 2) with { MaxWaitMs = 300 })).Topics[0].Partitions[0]));
        Assert.True(waited.ElapsedMilliseconds >= 290, "it did not wait");
    }

    [Fact]
    public async Task A_fetch_session_is_never_given()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        Assert.Equal(0, (await client.AskAsync(Batches.Fetch("t", 0) with { SessionEpoch = 0 })).SessionId);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (await client.AskAsync(Batches.Fetch("t", 0) with { SessionId = 3, SessionEpoch = 1 })).ErrorCode);
    }

    [Fact]
    public async Task A_leader_epoch_that_is_not_ours_is_fenced()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        async Task<ErrorCode> Ask(int epoch) => (await client.AskAsync(new FetchRequest
        {
            Topics = [new FetchTopic { Topic = "t", Partitions = [new FetchPartition { CurrentLeaderEpoch = epoch, PartitionMaxBytes = 1 }] }],
        })).Topics[0].Partitions[0].ErrorCode;
        Assert.Equal(ErrorCode.None, await Ask(0));
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, await Ask(1));
    }

    [Fact]
    public async Task Every_version_spoken_brings_the_same_batch()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        for (short version = 3; version <= 8; version++)
        {
            var produced = await client.AskAsync(Batches.Produce("t", Batches.Of(Batches.Plain, "a")), version);
            Assert.Equal(ErrorCode.None, produced.Topics[0].Partitions[0].ErrorCode);
        }

        for (short version = 4; version <= 11; version++)
            Assert.Equal(6, Batches.Values((await client.AskAsync(Batches.Fetch("t", 0), version)).Topics[0].Partitions[0]).Count);
    }

    [Fact]
    public async Task An_API_that_is_not_spoken_ends_the_connection_except_ApiVersions_which_says_what_is()
    {
        await using var broker = TestBroker.Start();
        using var client = await broker.ConnectAsync();
        await client.SendAsync(new byte[] { 0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 0, 0, 0 });
        var frame = (await client.ReceiveFrameAsync())!;
        var (header, response) = Frames.ReadResponse(Apis.Of(ApiKey.ApiVersions), 0, frame);
        Assert.Equal((7, ErrorCode.UnsupportedVersion), (header.CorrelationId, ((ApiVersionsResponse)response).ErrorCode));
        Assert.Equal((await client.AskAsync(new ApiVersionsRequest())).ApiKeys, ((ApiVersionsResponse)response).ApiKeys);
        await client.SendAsync(new byte[] { 0, 0, 0, 10, 0, 99, 0, 0, 0, 0, 0, 8, 0, 0 });
        Assert.Null(await client.ReceiveFrameAsync());
    }
}
