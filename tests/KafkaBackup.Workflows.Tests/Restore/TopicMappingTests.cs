using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

public sealed class TopicMappingTests
{
    [Theory]
    [InlineData("orders", "copy")]
    [InlineData("orders.v2", "orders.v2")]
    [InlineData("prod-a", "dev-a-x")]
    [InlineData("prod-", "dev--x")]
    [InlineData("prod", "prod")]
    [InlineData("a-log", "logs.a")]
    public void The_first_rule_that_matches_names_a_topic_and_the_others_keep_their_names(string topic, string target) =>
        Assert.Equal(target, TopicMapping.Parse(["orders=copy", "prod-*=dev-*-x", "*-log=logs.*", "orders=never"]).Target(topic));

    [Fact]
    public void A_star_does_not_take_letters_twice() => Assert.Equal("aba", TopicMapping.Parse(["ab*ba=x*"]).Target("aba"));

    [Theory]
    [InlineData("orders")]
    [InlineData("=b")]
    [InlineData("a=")]
    [InlineData("a=b=c")]
    [InlineData("a*=b")]
    [InlineData("a=b*")]
    [InlineData("a*c*=b*")]
    [InlineData("a*=b**")]
    public void What_is_no_rule_is_refused(string rule) =>
        Assert.Contains($"'{rule}'", Assert.Throws<SelectorFormatException>(() => TopicMapping.Parse([rule])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_rule_that_matches_no_topic_is_known() =>
        Assert.Equal(["x=y", "q*=r*"], TopicMapping.Parse(["a=b", "x=y", "q*=r*"]).Unused(["a", "c"]));
}
