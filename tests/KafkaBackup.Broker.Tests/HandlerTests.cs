using KafkaBackup.Broker.Handlers;
using KafkaBackup.Protocol.Messages;
using Xunit;

namespace KafkaBackup.Broker.Tests;

/// <summary>The broker answers everything that it says it speaks.</summary>
public sealed class HandlerTests
{
    [Fact]
    public void There_is_a_handler_for_every_API_spoken()
    {
        var handlers = AllHandlers.For(null!);
        Assert.Equal(Apis.All.Keys.Order(), handlers.Keys.Order());
        Assert.All(handlers, pair => Assert.Equal(pair.Key, pair.Value.Key));
    }

    [Theory]
    [InlineData("orders", "orders", 1)]
    [InlineData("orders:12", "orders", 12)]
    public void A_topic_to_start_with_is_read(string text, string name, int partitions)
    {
        var topic = StartTopic.Parse(text);
        Assert.Equal((name, partitions), (topic.Name, topic.Partitions));
    }

    [Theory]
    [InlineData("orders:")]
    [InlineData("orders:0")]
    [InlineData("orders:many")]
    public void A_topic_to_start_with_that_is_none_is_said_to_be_so(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => StartTopic.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_topic_to_start_with_that_is_not_valid_stops_the_start() => Assert.Throws<ArgumentException>(() => TestBroker.Start("not a name"));
}
