using KafkaBackup.Cli.Output;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Workflows.Progress;
using Xunit;

namespace KafkaBackup.Cli.Tests;

public sealed class QuotaLinesTests
{
    private static readonly ClientQuota Rate = new("producer_byte_rate", 1536 * 1024, "client-id kafka-backup");
    private static readonly ClientQuota Percentage = new("request_percentage", 12.5, "default user");

    [Fact]
    public void A_rate_is_told_in_bytes_a_second_and_a_percentage_as_one() => Assert.Equal(
        ["quota producer_byte_rate 1.5 MiB/s of each broker for client-id kafka-backup", "quota request_percentage 12.5 % for default user"],
        QuotaLines.Of(new ClientQuotaView([Rate, Percentage], null)));

    [Fact]
    public void What_is_not_known_is_told_and_that_there_is_none_only_where_all_is_known()
    {
        Assert.Equal(["no client quota was set for it at its start"], QuotaLines.Of(new ClientQuotaView([], null)));
        Assert.Equal(["client quotas are not known: because"], QuotaLines.Of(new ClientQuotaView([], "because")));
        Assert.Equal("client quotas are not wholly known: because", QuotaLines.Of(new ClientQuotaView([Rate], "because")).Last());
    }

    [Fact]
    public void The_time_is_told_with_what_explains_it_or_alone_where_an_earlier_version_planned_the_run()
    {
        Assert.Equal("throttled by the cluster for 12.3 s (no client quota was set for it at its start)", QuotaLines.Of(new Throttling(12.34, new ClientQuotaView([], null))));
        Assert.Equal("throttled by the cluster for 2 s", QuotaLines.Of(new Throttling(2, null)));
    }
}
