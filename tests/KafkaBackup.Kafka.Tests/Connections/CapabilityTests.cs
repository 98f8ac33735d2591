using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Connections;

/// <summary>What is done with which broker.</summary>
public sealed class CapabilityTests
{
    private static readonly BrokerAddress Address = new("old", 9092);

    [Fact]
    public void Every_capability_has_its_row() =>
        Assert.Equal(Enum.GetValues<Capability>().Order(), Capabilities.Table.Select(rule => rule.Capability).Order());

    [Theory]
    [InlineData(3, 1)] // Kafka 0.11 remembers one batch of a producer
    [InlineData(5, 5)]
    [InlineData(8, 5)]
    public void As_many_batches_are_on_their_way_as_the_broker_remembers(short produce, int expected) =>
        Assert.Equal(expected, Of((ApiKey.Produce, produce)).MaxInFlight);

    [Fact]
    public void What_a_broker_lacks_is_refused_with_the_release_that_has_it()
    {
        var refusal = Assert.Throws<UnsupportedBrokerException>(() => Of((ApiKey.Produce, 5)).Require(Capability.ProduceZstd, "t-0 gets zstd, and writing it"));
        Assert.Equal("broker old:9092: t-0 gets zstd, and writing it needs Kafka 2.1 or later (Produce version 7); it speaks Produce up to version 5", refusal.Message);
        Assert.False(refusal.IsTransient);
        Assert.Contains("does not speak SaslAuthenticate", Assert.Throws<UnsupportedBrokerException>(() => Of().Require(Capability.SaslFrames, "SCRAM")).Message);
        Of((ApiKey.Produce, 7)).Require(Capability.ProduceZstd, "");
    }

    [Fact]
    public void The_readme_shows_the_table()
    {
        var listed = File.ReadLines(ProjectTree.PathOf("src", "KafkaBackup.Kafka", "README.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells.Length > 5 && Enum.TryParse<Capability>(cells[1], out _))
            .Select(cells => $"{cells[1]}: {cells[2]}; {cells[3]}; {cells[4]}");
        Assert.Equal(Capabilities.Table.Select(rule => $"{rule.Capability}: {rule.Api} {rule.Since}; {rule.Release}; {rule.Without ?? "refused"}"), listed);
    }

    private static BrokerCapabilities Of(params (ApiKey Api, short Version)[] versions) => new(Address, versions.ToDictionary(v => v.Api, v => v.Version));
}
