using System.Diagnostics;
using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Handlers;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>What goes wrong on purpose does.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Requests_of_a_killed_client_are_appended_late_and_not_at_all_before()
    {
        await using var broker = TestBroker.Start("t");
        broker.Faults.Apply("late:3s+1500ms");
        var killed = await broker.ConnectAsync();
        for (var i = 0; i < 5; i++)
            await killed.SendAsync(Batches.Produce("t", Batches.Of(Batches.Idempotent(7, 0, i), $"late {i}")));
        using var other = await broker.ConnectAsync();
        // What was sent has to be off the wire before the reset, or the kernel throws it away.
        await Eventually.TrueAsync(() => Task.FromResult(broker.Faults.Injected.GetValueOrDefault((ApiKey.Produce, FaultKind.Late)) == 5), "five requests read");
        killed.Kill();
        Assert.Equal(0, await other.EndAsync("t"));
        broker.Faults.Late = null;
        Assert.Equal(0, (await other.ProduceAsync("t", Batches.Of(Batches.Plain, "in between"))).BaseOffset);
        await Eventually.TrueAsync(async () => await other.EndAsync("t") == 6, "the late records");
        Assert.Equal(["in between", .. Enumerable.Range(0, 5).Select(i => $"late {i}")], Batches.Values(await other.FetchAsync("t", 0)));
        Assert.Equal((ErrorCode.None, 3), Outcome(await other.ProduceAsync("t", Batches.Of(Batches.Idempotent(7, 0, 2), "late 2"))));
    }

    [Fact]
    public async Task Held_requests_of_a_living_client_are_answered_in_their_order()
    {
        await using var broker = TestBroker.Start("t");
        broker.Faults.Late = new LateDelivery(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
        using var client = await broker.ConnectAsync();
        var waited = Stopwatch.StartNew();
        for (var i = 0; i < 10; i++)
            await client.SendAsync(Batches.Produce("t", Batches.Of(Batches.Plain, $"{i}")));
        for (var i = 0; i < 10; i++)
            Assert.Equal(i, ((ProduceResponse)await client.ReceiveAsync(ApiKey.Produce)).Topics[0].Partitions[0].BaseOffset);
        Assert.True(waited.ElapsedMilliseconds >= 190, "they were not held");
    }

    [Fact]
    public async Task An_API_is_delayed()
    {
        await using var broker = TestBroker.Start("t");
        broker.Faults.Apply("delay:ListOffsets=300ms");
        using var client = await broker.ConnectAsync();
        var waited = Stopwatch.StartNew();
        await client.EndAsync("t");
        Assert.True(waited.ElapsedMilliseconds >= 290, "it was not delayed");
        broker.Faults.Clear();
        await client.EndAsync("t");
        Assert.Equal(1, broker.Faults.Injected[(ApiKey.ListOffsets, FaultKind.Delay)]);
    }

    [Fact]
    public async Task An_error_is_answered_as_often_as_asked_for()
    {
        await using var broker = TestBroker.Start("t");
        broker.Faults.Apply("error:Produce=NotLeaderOrFollower*2");
        using var client = await broker.ConnectAsync();
        var codes = new List<ErrorCode>();
        for (var i = 0; i < 3; i++)
            codes.Add((await client.ProduceAsync("t", Batches.Of(Batches.Plain, "a"))).ErrorCode);
        Assert.Equal([ErrorCode.NotLeaderOrFollower, ErrorCode.NotLeaderOrFollower, ErrorCode.None], codes);
        Assert.Equal(1, await client.EndAsync("t"));
    }

    [Theory]
    [InlineData("cut:Produce*1", 0)]
    [InlineData("cut-after:Produce*1", 1)]
    public async Task A_connection_is_cut_before_or_after_its_request_is_handled(string fault, long end)
    {
        await using var broker = TestBroker.Start("t");
        broker.Faults.Apply(fault);
        using var client = await broker.ConnectAsync();
        await client.SendAsync(Batches.Produce("t", Batches.Of(Batches.Plain, "a")));
        Assert.Null(await client.ReceiveFrameAsync());
        using var other = await broker.ConnectAsync();
        Assert.Equal(end, await other.EndAsync("t"));
    }

    [Fact]
    public async Task A_damaged_batch_is_damaged_on_the_way_and_whole_in_the_log()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        await client.ProduceAsync("t", Batches.Of(Batches.Plain, "a"));
        broker.Faults.Apply("corrupt:Fetch*1");
        Assert.Empty(Batches.Values(await client.FetchAsync("t", 1)));
        var damaged = (await client.FetchAsync("t", 0)).Records!.Value;
        Assert.True(RecordBatch.TryTake(ref damaged, out var batch));
        Assert.False(batch.HasValidCrc);
        Assert.Equal(["a"], Batches.Values(await client.FetchAsync("t", 0)));
        Assert.Equal(1, broker.Faults.Injected[(ApiKey.Fetch, FaultKind.Corruption)]);
    }

    [Fact]
    public async Task An_error_at_ApiVersions_comes_in_the_version_that_was_asked_and_an_unsupported_one_in_version_0_with_what_is_spoken()
    {
        await using var broker = TestBroker.Start();
        using var client = await broker.ConnectAsync();
        var spoken = (await client.AskAsync(new ApiVersionsRequest(), 3)).ApiKeys;
        broker.Faults.Apply("error:ApiVersions=UnsupportedVersion");
        await client.SendAsync(new ApiVersionsRequest(), 3);
        var refusal = (ApiVersionsResponse)Frames.ReadResponse(Apis.Of(ApiKey.ApiVersions), 0, (await client.ReceiveFrameAsync())!).Response;
        Assert.Equal(ErrorCode.UnsupportedVersion, refusal.ErrorCode);
        Assert.Equal(spoken.Select(range => (range.ApiKey, range.MinVersion, range.MaxVersion)), refusal.ApiKeys.Select(range => (range.ApiKey, range.MinVersion, range.MaxVersion)));
        broker.Faults.Apply("error:ApiVersions=RequestTimedOut");
        Assert.Equal(ErrorCode.RequestTimedOut, (await client.AskAsync(new ApiVersionsRequest(), 3)).ErrorCode);
        Assert.Equal(2, broker.Faults.Injected[(ApiKey.ApiVersions, FaultKind.Error)]);
    }

    [Fact]
    public async Task A_delay_holds_as_often_as_it_was_told_to()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        broker.Faults.Apply("delay:Metadata=1ms*2");
        for (var i = 0; i < 4; i++)
            await client.AskAsync(new MetadataRequest());
        Assert.Equal(2, broker.Faults.Injected[(ApiKey.Metadata, FaultKind.Delay)]);
    }

    public static TheoryData<ApiKey> Spoken => [.. Apis.All.Keys];

    [Theory]
    [MemberData(nameof(Spoken))]
    public void Every_API_has_an_answer_that_says_an_error(ApiKey key) =>
        Assert.Equal(ErrorCode.NotCoordinator, ErrorIn(ErrorResponses.For(Filled(key), ErrorCode.NotCoordinator)));

    [Theory]
    [InlineData("delay:Fetch=5")]
    [InlineData("delay:Nothing=5s")]
    [InlineData("error:Produce=NoSuchError")]
    [InlineData("cut:Produce*none")]
    [InlineData("late:5s")]
    [InlineData("throttle:Fetch=soon")]
    [InlineData("whatever")]
    public void A_fault_that_is_none_is_said_to_be_so(string spec) =>
        Assert.Contains(spec, Assert.Throws<FormatException>(() => new BrokerFaults().Apply(spec)).Message, StringComparison.Ordinal);

    // A request with one element in each of its lists, so that an answer which says its errors there has a place for one.
    internal static Request Filled(ApiKey key) => (Request)Fill(RequestType(key));

    private static object Fill(Type type)
    {
        var filled = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties().Where(p => p.Name != nameof(WireStruct.UnknownTags) && p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)))
        {
            var element = property.PropertyType.GetGenericArguments()[0];
            var list = Array.CreateInstance(element, 1);
            list.SetValue(element == typeof(string) ? "x" : typeof(WireStruct).IsAssignableFrom(element) ? Fill(element) : Activator.CreateInstance(element), 0);
            property.SetValue(filled, list);
        }

        return filled;
    }

    // The first error code met, depth first.
    internal static ErrorCode ErrorIn(object response)
    {
        if (response.GetType().GetProperty("ErrorCode")?.GetValue(response) is ErrorCode and not ErrorCode.None and var code)
            return code;
        return response.GetType().GetProperties()
            .Select(p => p.GetValue(response))
            .OfType<System.Collections.IEnumerable>()
            .SelectMany(list => list.OfType<WireStruct>())
            .Select(ErrorIn)
            .FirstOrDefault(found => found != ErrorCode.None);
    }

    private static Type RequestType(ApiKey key) =>
        typeof(Request).Assembly.GetType($"{typeof(Request).Namespace}.{key}Request") ?? throw new InvalidOperationException($"no request for {key}");

    private static (ErrorCode Error, long Offset) Outcome(ProducedPartition produced) => (produced.ErrorCode, produced.BaseOffset);
}
