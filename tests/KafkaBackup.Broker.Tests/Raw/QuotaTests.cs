using KafkaBackup.Broker.Faults;
using KafkaBackup.Broker.Quotas;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Raw;

/// <summary>Who sends or reads more than he may is told to wait, and made to.</summary>
public sealed class QuotaTests
{
    [Fact]
    public async Task Quotas_are_set_listed_by_what_they_are_for_removed_and_kept()
    {
        await using var broker = TestBroker.Start();
        using (var client = await broker.ConnectAsync())
        {
            await SetAsync(client, [Part("client-id", "raw")], ("producer_byte_rate", 1000), ("consumer_byte_rate", 2000));
            await SetAsync(client, [Part("user", null)], ("producer_byte_rate", 3000));
            await SetAsync(client, [Part("user", "alice"), Part("client-id", null)], ("request_percentage", 50));
        }

        await broker.RestartAsync();
        using var again = await broker.ConnectAsync();
        Assert.Equal(["client-id=raw", "user=", "user=alice,client-id="], await FindAsync(again, strict: false));
        Assert.Equal(["user=", "user=alice,client-id="], await FindAsync(again, strict: false, new QuotaFilter { EntityType = "user", MatchType = QuotaMatch.Specified }));
        Assert.Equal(["user="], await FindAsync(again, strict: true, new QuotaFilter { EntityType = "user", MatchType = QuotaMatch.Specified }));
        Assert.Equal(["user="], await FindAsync(again, strict: false, new QuotaFilter { EntityType = "user", MatchType = QuotaMatch.Default }));
        Assert.Equal(["user=alice,client-id="], await FindAsync(again, strict: false, new QuotaFilter { EntityType = "user", Match = "alice" }));
        Assert.Empty(await FindAsync(again, strict: true, new QuotaFilter { EntityType = "user", Match = "alice" }));
        Assert.Equal(ErrorCode.None, await AlterAsync(again, [Part("client-id", "raw")], new QuotaChange { Key = "producer_byte_rate", Remove = true }));
        var left = (await again.AskAsync(new DescribeClientQuotasRequest())).Entries!.Single(e => e.Entity[0].EntityName == "raw").Values.Single();
        Assert.Equal(("consumer_byte_rate", 2000), (left.Key, left.Value));
        Assert.Equal(ErrorCode.None, await AlterAsync(again, [Part("client-id", "raw")], new QuotaChange { Key = "consumer_byte_rate", Remove = true }));
        Assert.Equal(["user=", "user=alice,client-id="], await FindAsync(again, strict: false));
    }

    [Theory]
    [InlineData("user", "no_such_rate", 1)]
    [InlineData("planet", "producer_byte_rate", 1)]
    [InlineData("user", "producer_byte_rate", 0)]
    [InlineData("user", "producer_byte_rate", double.NaN)]
    public async Task What_is_no_quota_is_refused(string type, string key, double value)
    {
        await using var broker = TestBroker.Start();
        using var client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.InvalidRequest, await AlterAsync(client, [Part(type, "x")], new QuotaChange { Key = key, Value = value }));
        Assert.Empty(await FindAsync(client, strict: false));
    }

    [Fact]
    public async Task A_quota_that_is_only_judged_is_not_set()
    {
        await using var broker = TestBroker.Start();
        using var client = await broker.ConnectAsync();
        await client.AskAsync(new AlterClientQuotasRequest
        {
            ValidateOnly = true, Entries = [new AlterQuota { Entity = [Part("user", "x")], Changes = [new QuotaChange { Key = "producer_byte_rate", Value = 1 }] }],
        });
        Assert.Empty(await FindAsync(client, strict: false));
    }

    [Fact]
    public async Task A_producer_above_its_rate_is_answered_with_the_time_to_wait_and_not_served_before()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        await SetAsync(client, [Part("client-id", "raw")], ("producer_byte_rate", 5000));
        Assert.Equal(0, (await client.AskAsync(Batches.Produce("t", Batches.Of(Batches.Plain, "small")))).ThrottleTimeMs);
        var begun = TimeProvider.System.GetTimestamp();
        // A second's worth is free.
        var throttled = (await client.AskAsync(Batches.Produce("t", Batches.Of(Batches.Plain, new string('x', 8000))))).ThrottleTimeMs;
        Assert.InRange(throttled, 600, 700);
        // The answer comes at once; what is asked next waits. Nobody else does.
        using var other = await broker.ConnectAsync();
        Assert.Equal(2, await other.EndAsync("t"));
        await client.EndAsync("t");
        Assert.True(TimeProvider.System.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(throttled * 0.9), "it was not held back");
    }

    [Fact]
    public async Task A_reader_above_its_rate_gets_nothing_but_the_time_to_wait()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        for (var i = 0; i < 3; i++)
            await client.ProduceAsync("t", Batches.Of(Batches.Plain, new string('x', 8000)));
        await SetAsync(client, [Part("user", null)], ("consumer_byte_rate", 5000));
        // The first answer comes whatever it costs: one that is larger than the quota could else never be had.
        Assert.Equal(3, Batches.Values((await client.AskAsync(Batches.Fetch("t", 0))).Topics[0].Partitions[0]).Count);
        var throttled = await client.AskAsync(Batches.Fetch("t", 0));
        Assert.InRange(throttled.ThrottleTimeMs, 1, 4000);
        Assert.Empty(throttled.Topics);
        // Held back for that long, it gets the next one.
        FetchResponse next = throttled;
        await Eventually.TrueAsync(async () => (next = await client.AskAsync(Batches.Fetch("t", 0))).Topics.Count > 0, "the next answer");
        Assert.Equal(3, Batches.Values(next.Topics[0].Partitions[0]).Count);
    }

    [Fact]
    public void The_most_particular_quota_holds_and_a_default_holds_for_each_by_himself()
    {
        using var folder = new Testing.TestFolder();
        using var data = new State.DataFolder(folder.Path);
        var meter = new QuotaMeter(new QuotaStore(data), TimeProvider.System);
        bool IsHeldBack(string user, string client) => meter.Charge("producer_byte_rate", user, client, 100) > TimeSpan.Zero;
        void Set(string? user, string? client, double rate) => meter.Store.Set(new QuotaSubject(user, client), new Dictionary<string, double?> { ["producer_byte_rate"] = rate });
        Assert.False(IsHeldBack("alice", "app"));
        // From the least particular on; each outweighs those before it.
        (string? User, string? Client)[] subjects =
            [(null, ""), (null, "app"), ("", null), ("", ""), ("", "app"), ("alice", null), ("alice", ""), ("alice", "app")];
        Assert.Equal(subjects.Reverse().Select(s => new QuotaSubject(s.User, s.Client)), QuotaSubject.For("alice", "app"));
        var isHeldBack = false;
        foreach (var (user, client) in subjects)
        {
            isHeldBack = !isHeldBack;
            Set(user, client, isHeldBack ? 0.001 : 1e12);
            Assert.Equal(isHeldBack, new QuotaMeter(meter.Store, TimeProvider.System).Charge("producer_byte_rate", "alice", "app", 100) > TimeSpan.Zero);
        }

        Set("", null, 50);
        Assert.True(new[] { "bob", "carol" }.All(user => meter.Charge("producer_byte_rate", user, "other", 40) == TimeSpan.Zero), "they have one account");
    }

    [Fact]
    public async Task Any_API_can_be_throttled_on_purpose()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        broker.Faults.Apply("throttle:Metadata=200ms*1");
        var begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(200, (await client.AskAsync(new MetadataRequest())).ThrottleTimeMs);
        Assert.Equal(0, (await client.AskAsync(new MetadataRequest())).ThrottleTimeMs);
        Assert.True(TimeProvider.System.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(180), "it was not held back");
        Assert.Equal(1, broker.Faults.Injected[(ApiKey.Metadata, FaultKind.Throttle)]);
    }

    private static QuotaEntity Part(string type, string? name) => new() { EntityType = type, EntityName = name };

    private static async Task SetAsync(RawClient client, QuotaEntity[] entity, params (string Key, double Value)[] quotas) => Assert.Equal(
        ErrorCode.None, await AlterAsync(client, entity, [.. quotas.Select(q => new QuotaChange { Key = q.Key, Value = q.Value })]));

    private static async Task<ErrorCode> AlterAsync(RawClient client, QuotaEntity[] entity, params QuotaChange[] changes) =>
        (await client.AskAsync(new AlterClientQuotasRequest { Entries = [new AlterQuota { Entity = entity, Changes = changes }] })).Entries.Single().ErrorCode;

    private static async Task<IEnumerable<string>> FindAsync(RawClient client, bool strict, params QuotaFilter[] filters) =>
        (await client.AskAsync(new DescribeClientQuotasRequest { Components = filters, Strict = strict })).Entries!
            .Select(e => string.Join(',', e.Entity.Select(part => $"{part.EntityType}={part.EntityName}"))).Order(StringComparer.Ordinal);
}
