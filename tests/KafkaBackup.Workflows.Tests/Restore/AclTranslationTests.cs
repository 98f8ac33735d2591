using KafkaBackup.Kafka.Administration;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

/// <summary>Which access control entries a restore creates, and of which names they speak.</summary>
public sealed class AclTranslationTests
{
    private static readonly AclEpoch[] Epoch =
    [
        Acl("CLUSTER", "kafka-cluster"),
        Acl("GROUP", "billing"),
        Acl("GROUP", "bil", "PREFIXED"),
        Acl("GROUP", "other"),
        Acl("TOPIC", "*"),
        Acl("TOPIC", "ord", "PREFIXED"),
        Acl("TOPIC", "orders"),
        Acl("TOPIC", "orders.v2"),
        Acl("TRANSACTIONAL_ID", "orders"),
    ];

    [Fact]
    public void Those_that_match_are_of_restored_topics_and_groups_by_name_by_prefix_or_for_all() => Assert.Equal(
        ["GROUP billing", "GROUP bil…", "TOPIC *", "TOPIC ord…", "TOPIC orders"],
        Names(Of(AclScope.Matching, [("orders", "orders")], "billing")));

    [Fact]
    public void Without_groups_there_are_none_of_groups_and_without_topics_none_of_topics()
    {
        Assert.Equal(["TOPIC *", "TOPIC orders.v2", "TOPIC ord…"], Names(Of(AclScope.Matching, [("orders.v2", "orders.v2")])).Order(StringComparer.Ordinal));
        Assert.Equal(["GROUP bil…", "GROUP billing"], Names(Of(AclScope.Matching, [], "billing")).OrderDescending(StringComparer.Ordinal));
    }

    [Fact]
    public void All_are_all_and_none_is_none()
    {
        Assert.Equal(Epoch.Length, Of(AclScope.All, []).Entries.Count);
        Assert.Empty(Of(AclScope.None, [("orders", "orders")], "billing").Entries);
    }

    [Fact]
    public void An_entry_follows_its_topic_to_its_new_name_and_nothing_else_of_it_changes()
    {
        var restored = AclTranslation.Of([new AclEpoch("TOPIC", "orders", "LITERAL", "User:a", "10.0.0.1", "WRITE", "DENY")], AclScope.Matching, Topics(("orders", "copy")), []);
        Assert.Equal([new AccessEntry("TOPIC", "copy", "LITERAL", "User:a", "10.0.0.1", "WRITE", "DENY")], restored.Entries);
    }

    [Fact]
    public void A_group_or_transactional_id_that_is_named_as_a_renamed_topic_keeps_its_name() => Assert.Equal(
        ["GROUP orders", "TRANSACTIONAL_ID orders"],
        Names(AclTranslation.Of([Acl("GROUP", "orders"), Acl("TRANSACTIONAL_ID", "orders")], AclScope.All, Topics(("orders", "copy")), [])));

    [Fact]
    public void A_prefix_that_holds_for_a_renamed_topic_is_left_out_with_its_reason()
    {
        var restored = AclTranslation.Of([Acl("TOPIC", "ord", "PREFIXED"), Acl("TOPIC", "pay", "PREFIXED")], AclScope.Matching, Topics(("orders", "copy"), ("payments", "payments")), []);
        Assert.Equal(["TOPIC pay…"], Names(restored));
        var left = Assert.Single(restored.LeftOut);
        Assert.Contains("TOPIC ord…", left, StringComparison.Ordinal);
        Assert.Contains("topic 'orders' is renamed", left, StringComparison.Ordinal);
    }

    private static AclTranslation Of(AclScope scope, (string, string)[] topics, params string[] groups) => AclTranslation.Of(Epoch, scope, Topics(topics), groups);

    private static Dictionary<string, string> Topics(params (string Source, string Target)[] topics) => topics.ToDictionary(t => t.Source, t => t.Target);

    private static IEnumerable<string> Names(AclTranslation translation) =>
        translation.Entries.Select(e => $"{e.ResourceType} {e.Resource}{(e.Pattern == "PREFIXED" ? "…" : "")}");

    private static AclEpoch Acl(string type, string name, string pattern = "LITERAL") => new(type, name, pattern, "User:alice", "*", "READ", "ALLOW");
}
