using KafkaBackup.Workflows.Restore;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

public sealed class RestoreOverridesTests
{
    private const int Largest = 2_000_000;

    [Fact]
    public void A_topic_with_a_brokers_defaults_is_changed_where_it_would_lose_refuse_or_alter_records()
    {
        var needed = RestoreOverrides.Needed(Defaults(), Largest);
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["cleanup.policy"] = "delete",
                ["compression.type"] = "producer",
                ["max.message.bytes"] = "2000000",
                ["message.timestamp.after.max.ms"] = "9223372036854775807",
                ["message.timestamp.type"] = "CreateTime",
                ["retention.bytes"] = "-1",
                ["retention.ms"] = "-1",
                ["segment.bytes"] = "2000000",
            },
            new SortedDictionary<string, string>(needed.ToDictionary(), StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_in_force_already_is_not_set_again()
    {
        var inForce = Defaults();
        foreach (var (name, value) in RestoreOverrides.Needed(inForce, Largest))
            inForce[name] = value;
        Assert.Empty(RestoreOverrides.Needed(inForce, Largest));
    }

    [Fact]
    public void Limits_that_are_large_enough_stay_and_those_that_a_broker_does_not_have_are_not_set()
    {
        var needed = RestoreOverrides.Needed(Defaults(), 1000);
        Assert.DoesNotContain("max.message.bytes", needed.Keys);
        Assert.DoesNotContain("segment.bytes", needed.Keys);
        Assert.DoesNotContain("message.timestamp.difference.max.ms", needed.Keys);
    }

    [Fact]
    public void A_topic_is_created_with_its_own_settings_and_over_them_what_a_restore_needs()
    {
        var settings = RestoreOverrides.AtCreation(new Dictionary<string, string?>
        {
            ["min.insync.replicas"] = "2",
            ["cleanup.policy"] = "compact",
            ["without.a.value"] = null,
        });
        Assert.Equal(
            [.. RestoreOverrides.Fixed().Append(new("min.insync.replicas", "2")).OrderBy(s => s.Key, StringComparer.Ordinal)],
            settings.OrderBy(s => s.Key, StringComparer.Ordinal));
    }

    private static Dictionary<string, string?> Defaults() => new()
    {
        ["retention.ms"] = "604800000",
        ["retention.bytes"] = "1073741824",
        ["cleanup.policy"] = "compact",
        ["compression.type"] = "zstd",
        ["message.timestamp.type"] = "LogAppendTime",
        ["message.timestamp.before.max.ms"] = "9223372036854775807",
        ["message.timestamp.after.max.ms"] = "3600000",
        ["max.message.bytes"] = "1048588",
        ["segment.bytes"] = "1048576",
    };
}
