using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.EndToEnd.Tests.Support;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Access control entries in epochs and at targets, judged by Confluent.Kafka.</summary>
public sealed class AccessControlTests
{
    private static readonly string[] Authorized = ["--set", "authorizer.class.name=kafka.security.auth.SimpleAclAuthorizer"];
    private static readonly AclBinding Orders = Acl(ResourceType.Topic, "orders", ResourcePatternType.Literal, "User:alice", AclOperation.Read);
    private static readonly AclBinding Prefix = Acl(ResourceType.Topic, "ord", ResourcePatternType.Prefixed, "User:bob", AclOperation.Write, AclPermissionType.Deny, "127.0.0.1");
    private static readonly AclBinding Payments = Acl(ResourceType.Topic, "payments", ResourcePatternType.Literal, "User:alice", AclOperation.Read);
    private static readonly AclBinding Group = Acl(ResourceType.Group, "billing", ResourcePatternType.Literal, "User:alice", AclOperation.Read);
    private static readonly AclBinding Cluster = Acl(ResourceType.Broker, "kafka-cluster", ResourcePatternType.Literal, "User:dave", AclOperation.Alter);

    [Fact]
    public async Task Entries_of_what_is_backed_up_come_back_for_what_is_restored_and_those_at_the_target_stay()
    {
        await using var clusters = await LoadedAsync(Authorized, Authorized);
        await CreateAsync(clusters.Source.Address, Orders, Prefix, Payments, Group, Cluster);
        var theirs = Acl(ResourceType.Topic, "theirs", ResourcePatternType.Literal, "User:erin", AclOperation.All);
        await CreateAsync(clusters.Target.Address, theirs, Group);

        var backup = await clusters.BackupAsync("--topics", "orders");
        Assert.True(backup.Exit == 0, backup.Errors);
        Assert.Contains("3 access control entries", backup.Output, StringComparison.Ordinal);

        var plan = await clusters.RestoreAsync("--acls", "matching", "--dry-run");
        Assert.Equal(0, plan.Exit);
        Assert.Contains("access control: ALLOW User:alice READ on TOPIC orders from *", plan.Output, StringComparison.Ordinal);
        Assert.Equal(Texts(theirs, Group), await ReadAsync(clusters.Target.Address));

        var restore = await clusters.RestoreAsync("--acls", "matching");
        Assert.True(restore.Exit == 0, restore.Errors);
        Assert.Contains("access control entries: 2 created, 1 there already", restore.Output, StringComparison.Ordinal);
        Assert.Equal(Texts(theirs, Orders, Prefix, Group), await ReadAsync(clusters.Target.Address));
    }

    [Fact]
    public async Task An_entry_follows_a_renamed_topic_and_a_prefix_that_can_not_is_named()
    {
        await using var clusters = await LoadedAsync(Authorized, Authorized);
        await CreateAsync(clusters.Source.Address, Orders, Prefix);
        Assert.Equal(0, (await clusters.BackupAsync("--acls", "all")).Exit);
        var restore = await clusters.RestoreAsync("--topics", "orders", "--map", "orders=copy", "--acls", "all", "--no-offsets");
        Assert.Equal(3, restore.Exit);
        Assert.Contains("access control entry left out: DENY User:bob WRITE on TOPIC ord… from 127.0.0.1", restore.Errors, StringComparison.Ordinal);
        Assert.Equal(Texts(Acl(ResourceType.Topic, "copy", ResourcePatternType.Literal, "User:alice", AclOperation.Read)), await ReadAsync(clusters.Target.Address));
    }

    [Fact]
    public async Task Without_being_asked_for_no_entry_is_created_and_those_of_the_cluster_need_all()
    {
        await using var clusters = await LoadedAsync(Authorized, Authorized);
        await CreateAsync(clusters.Source.Address, Orders, Cluster);
        Assert.Equal(0, (await clusters.BackupAsync("--acls", "all")).Exit);
        Assert.Equal(0, (await clusters.RestoreAsync()).Exit);
        Assert.Empty(await ReadAsync(clusters.Target.Address));
        Assert.Equal(0, (await clusters.RestoreAsync("--force", "--acls", "matching")).Exit);
        Assert.Equal(Texts(Orders), await ReadAsync(clusters.Target.Address));
        Assert.Equal(0, (await clusters.RestoreAsync("--force", "--acls", "all")).Exit);
        Assert.Equal(Texts(Orders, Cluster), await ReadAsync(clusters.Target.Address));
    }

    [Fact]
    public async Task A_missing_right_to_read_them_is_a_warning_with_its_remedy_and_leaving_them_out_is_none()
    {
        await using var clusters = await LoadedAsync([.. Authorized, "--fault", "error:DescribeAcls=ClusterAuthorizationFailed"], Authorized);
        var backup = await clusters.BackupAsync();
        Assert.Equal(3, backup.Exit);
        Assert.Contains("access control entries are not in this epoch", backup.Errors, StringComparison.Ordinal);
        Assert.Contains("--acls none", backup.Errors, StringComparison.Ordinal);
        Assert.False(await HasEntriesAsync(clusters, 1));
        Assert.Equal(0, (await clusters.BackupAsync("--acls", "none")).Exit);

        var restore = await clusters.RestoreAsync("--acls", "matching");
        Assert.Equal(5, restore.Exit);
        Assert.Contains("epoch 2 holds no access control entries; leave --acls away", restore.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_without_access_control_is_backed_up_without_a_word_and_refuses_to_get_entries()
    {
        await using var clusters = await LoadedAsync([], []);
        var backup = await clusters.BackupAsync();
        Assert.Equal(0, backup.Exit);
        Assert.DoesNotContain("access control", backup.Output + backup.Errors, StringComparison.Ordinal);
        Assert.False(await HasEntriesAsync(clusters, 1));

        await using var guarded = await LoadedAsync(Authorized, []);
        Assert.Equal(0, (await guarded.BackupAsync()).Exit);
        Assert.True(await HasEntriesAsync(guarded, 1));
        var restore = await guarded.RestoreAsync("--acls", "matching");
        Assert.Equal(5, restore.Exit);
        Assert.Contains("the target has no access control", restore.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await guarded.RestoreAsync("--acls", "some")).Exit);
    }

    private static async Task<TwoClusters> LoadedAsync(string[] source, string[] target)
    {
        var clusters = TwoClusters.Start(sourceArguments: source, targetArguments: target);
        foreach (var topic in (string[])["orders", "payments"])
        {
            await Topics.CreateAsync(clusters.Source.Address, topic, 1);
            Topics.Produce(clusters.Source.Address, topic, 1, 0, 5);
        }

        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = clusters.Source.Address, GroupId = "billing" }).SetLogHandler((_, _) => { }).Build();
        consumer.Commit([new TopicPartitionOffset("orders", 0, 2)]);
        return clusters;
    }

    private static async Task<bool> HasEntriesAsync(TwoClusters clusters, long epoch)
    {
        using var manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(clusters.Repository, "epochs", $"{epoch:d20}.json")));
        return manifest.RootElement.GetProperty("core").TryGetProperty("acls", out _);
    }

    private static async Task CreateAsync(string broker, params AclBinding[] entries)
    {
        using var admin = Admin(broker);
        await admin.CreateAclsAsync(entries);
    }

    private static async Task<IEnumerable<string>> ReadAsync(string broker)
    {
        using var admin = Admin(broker);
        var found = await admin.DescribeAclsAsync(new AclBindingFilter
        {
            PatternFilter = new ResourcePatternFilter { Type = ResourceType.Any, ResourcePatternType = ResourcePatternType.Any },
            EntryFilter = new AccessControlEntryFilter { Operation = AclOperation.Any, PermissionType = AclPermissionType.Any },
        });
        return Texts([.. found.AclBindings]);
    }

    private static IAdminClient Admin(string broker) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).SetLogHandler((_, _) => { }).Build();

    private static IEnumerable<string> Texts(params AclBinding[] entries) => [.. entries.Select(acl =>
        $"{acl.Pattern.Type} {acl.Pattern.ResourcePatternType} {acl.Pattern.Name} {acl.Entry.Principal} {acl.Entry.Host} {acl.Entry.Operation} {acl.Entry.PermissionType}").Order(StringComparer.Ordinal)];

    private static AclBinding Acl(
        ResourceType type, string name, ResourcePatternType pattern, string principal, AclOperation operation, AclPermissionType permission = AclPermissionType.Allow, string host = "*") => new()
    {
        Pattern = new ResourcePattern { Type = type, Name = name, ResourcePatternType = pattern },
        Entry = new AccessControlEntry { Principal = principal, Host = host, Operation = operation, PermissionType = permission },
    };
}
