using KafkaBackup.Broker.Handlers;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests;

/// <summary>The broker answers everything that it says it speaks.</summary>
public sealed class HandlerTests
{
    [Fact]
    public void There_is_a_handler_for_every_API_that_it_says_it_speaks()
    {
        var table = new ApiTable(null!, new Dictionary<ApiKey, short>());
        Assert.Equal(table.Handlers.Select(handler => (short)handler.Key).Order(), table.Describe(ErrorCode.None).ApiKeys.Select(range => range.ApiKey));
    }

    [Fact]
    public async Task It_can_be_told_to_speak_no_more_than_an_older_broker()
    {
        await using var broker = TestBroker.Start(options => options with
        {
            MaxVersions = new Dictionary<ApiKey, short> { [ApiKey.Fetch] = 9, [ApiKey.OffsetDelete] = -1 },
        });
        using var client = await broker.ConnectAsync();
        var offered = (await client.AskAsync(new ApiVersionsRequest())).ApiKeys.ToDictionary(range => (ApiKey)range.ApiKey, range => range.MaxVersion);
        Assert.Equal((9, false), (offered[ApiKey.Fetch], offered.ContainsKey(ApiKey.OffsetDelete)));
        await client.AskAsync(Batches.Fetch("t", 0), 9);
        await client.SendAsync(Batches.Fetch("t", 0), 10);
        Assert.Null(await client.ReceiveFrameAsync());
    }

    [Fact]
    public async Task A_topic_is_found_by_its_id_and_another_life_of_it_has_another()
    {
        await using var broker = TestBroker.Start("t");
        using var client = await broker.ConnectAsync();
        async Task<TopicMetadata> Ask(MetadataTopic topic) => (await client.AskAsync(new MetadataRequest { Topics = [topic], AllowAutoTopicCreation = false })).Topics.Single();
        var first = await Ask(new MetadataTopic { Name = "t" });
        Assert.NotEqual(Guid.Empty, first.TopicId);
        Assert.Equal("t", (await Ask(new MetadataTopic { TopicId = first.TopicId })).Name);
        await client.AskAsync(new DeleteTopicsRequest { TopicNames = ["t"] });
        await client.AskAsync(new CreateTopicsRequest { Topics = [new NewTopic { Name = "t", NumPartitions = 1, ReplicationFactor = 1 }] });
        Assert.NotEqual(first.TopicId, (await Ask(new MetadataTopic { Name = "t" })).TopicId);
        var gone = await Ask(new MetadataTopic { TopicId = first.TopicId });
        Assert.Equal((ErrorCode.UnknownTopicId, "", first.TopicId), (gone.ErrorCode, gone.Name, gone.TopicId));
    }

    [Theory]
    [InlineData("orders", "orders", 1, null)]
    [InlineData("orders:12", "orders", 12, null)]
    [InlineData("orders:12:3", "orders", 12, 3)]
    public void A_topic_to_start_with_is_read(string text, string name, int partitions, int? replicas)
    {
        var topic = StartTopic.Parse(text);
        Assert.Equal((name, partitions, replicas), (topic.Name, topic.Partitions, topic.Replicas));
    }

    [Theory]
    [InlineData("orders:")]
    [InlineData("orders:0")]
    [InlineData("orders:many")]
    [InlineData("orders:1:0")]
    [InlineData("orders:1:1:1")]
    public void A_topic_to_start_with_that_is_none_is_said_to_be_so(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => StartTopic.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("log.cleaner.backoff.ms", "often")]
    [InlineData("log.retention.check.interval.ms", "0")]
    public async Task A_time_between_two_rounds_that_is_none_stops_the_start_and_is_named(string name, string value)
    {
        var folder = Directory.CreateTempSubdirectory("kafka-backup-broker-tests").FullName;
        try
        {
            var wrong = Assert.Throws<ArgumentException>(() => BrokerServer.Start(new BrokerOptions { DataFolder = folder, Configs = new Dictionary<string, string> { [name] = value } }));
            Assert.Contains($"{name} is \"{value}\"", wrong.Message, StringComparison.Ordinal);
            // Nothing holds the folder.
            await BrokerServer.Start(new BrokerOptions { DataFolder = folder }).DisposeAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Highest_versions_are_read_from_texts_and_the_later_wins()
    {
        var options = new BrokerOptions { DataFolder = "x" }.WithMaxVersions(["Metadata=9", "produce=7", "Metadata=4", "OffsetForLeaderEpoch=-1"]);
        Assert.Equal(
            new Dictionary<ApiKey, short> { [ApiKey.Metadata] = 4, [ApiKey.Produce] = 7, [ApiKey.OffsetForLeaderEpoch] = -1 }.OrderBy(v => v.Key), options.MaxVersions.OrderBy(v => v.Key));
    }

    [Theory]
    [InlineData("Metadata")]
    [InlineData("Metadata=new")]
    [InlineData("Nothing=1")]
    [InlineData("9999=1")]
    public void A_highest_version_that_is_none_is_said_to_be_so(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => new BrokerOptions { DataFolder = "x" }.WithMaxVersions([text])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_topic_to_start_with_that_is_not_valid_stops_the_start() => Assert.Throws<ArgumentException>(() => TestBroker.Start("not a name"));
}
