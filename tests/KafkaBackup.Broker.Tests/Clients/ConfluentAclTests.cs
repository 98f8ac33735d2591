using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.Protocol.Messages;
using Xunit;
using AclOperation = Confluent.Kafka.Admin.AclOperation;

namespace KafkaBackup.Broker.Tests.Clients;

/// <summary>Access control entries, through Confluent.Kafka's administration.</summary>
public sealed class ConfluentAclTests
{
    private static readonly AclBinding OrdersRead = Acl(ResourceType.Topic, "orders", ResourcePatternType.Literal, "User:alice", AclOperation.Read);
    private static readonly AclBinding OrdersPrefix = Acl(ResourceType.Topic, "ord", ResourcePatternType.Prefixed, "User:bob", AclOperation.Write, AclPermissionType.Deny, "127.0.0.1");
    private static readonly AclBinding AllTopics = Acl(ResourceType.Topic, "*", ResourcePatternType.Literal, "User:carol", AclOperation.All);
    private static readonly AclBinding GroupRead = Acl(ResourceType.Group, "orders", ResourcePatternType.Literal, "User:alice", AclOperation.Read);
    private static readonly AclBinding ClusterAlter = Acl(ResourceType.Broker, "kafka-cluster", ResourcePatternType.Literal, "User:dave", AclOperation.Alter);

    [Fact]
    public async Task Entries_are_created_found_by_every_kind_of_filter_and_still_there_after_a_restart()
    {
        await using var broker = Start();
        using (var admin = broker.Admin())
        {
            await admin.CreateAclsAsync([OrdersRead, OrdersPrefix, AllTopics, GroupRead, ClusterAlter]);
            // Creating one again is no error, and makes no second one.
            await admin.CreateAclsAsync([OrdersRead]);
        }

        await broker.RestartAsync();
        using var again = broker.Admin();
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any) }, OrdersRead, OrdersPrefix, AllTopics, GroupRead, ClusterAlter);
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Topic, "orders", ResourcePatternType.Literal) }, OrdersRead);
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, "orders", ResourcePatternType.Any) }, OrdersRead, GroupRead);
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Topic, "orders", ResourcePatternType.Match) }, OrdersRead, OrdersPrefix, AllTopics);
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Topic, null, ResourcePatternType.Prefixed) }, OrdersPrefix);
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any), EntryFilter = Entry("User:alice") }, OrdersRead, GroupRead);
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any), EntryFilter = Entry(host: "127.0.0.1") }, OrdersPrefix);
        await Finds(
            again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any), EntryFilter = Entry(operation: AclOperation.Read) }, OrdersRead, GroupRead);
        await Finds(
            again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any), EntryFilter = Entry(permission: AclPermissionType.Deny) }, OrdersPrefix);
    }

    [Fact]
    public async Task Entries_are_deleted_by_filter_and_the_others_stay()
    {
        await using var broker = Start();
        using var admin = broker.Admin();
        await admin.CreateAclsAsync([OrdersRead, OrdersPrefix, GroupRead]);
        var deleted = await admin.DeleteAclsAsync([new AclBindingFilter { PatternFilter = Pattern(ResourceType.Topic, null, ResourcePatternType.Any), EntryFilter = Entry() }]);
        Assert.Equal(2, deleted.Single().AclBindings.Count);
        await broker.RestartAsync();
        using var again = broker.Admin();
        await Finds(again, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any) }, GroupRead);
    }

    [Theory]
    [InlineData(ResourceType.Broker, "another-cluster", "User:alice")]
    [InlineData(ResourceType.Topic, "orders", "alice")]
    public async Task An_entry_that_can_not_be_is_refused_alone(ResourceType type, string name, string principal)
    {
        await using var broker = Start();
        using var admin = broker.Admin();
        var wrong = Acl(type, name, ResourcePatternType.Literal, principal, AclOperation.Alter);
        var refused = await Assert.ThrowsAsync<CreateAclsException>(() => admin.CreateAclsAsync([wrong, OrdersRead]));
        Assert.Equal([ErrorCode.InvalidRequest, ErrorCode.NoError], refused.Results.Select(r => r.Error.Code));
        await Finds(admin, new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any) }, OrdersRead);
    }

    [Fact]
    public async Task A_cluster_without_an_authorizer_says_that_it_has_none()
    {
        await using var broker = TestBroker.Start();
        using var admin = broker.Admin();
        var all = new AclBindingFilter { PatternFilter = Pattern(ResourceType.Any, null, ResourcePatternType.Any), EntryFilter = Entry() };
        // Confluent.Kafka's DescribeAclsAsync gives an empty list for this error, so the raw wire is asked.
        using var raw = await broker.ConnectAsync();
        var described = await raw.AskAsync(new DescribeAclsRequest());
        Assert.Equal((Protocol.Primitives.ErrorCode.SecurityDisabled, "No Authorizer is configured on the broker"), (described.ErrorCode, described.ErrorMessage));
        Assert.Equal(ErrorCode.SecurityDisabled, (await Assert.ThrowsAsync<CreateAclsException>(() => admin.CreateAclsAsync([OrdersRead]))).Results.Single().Error.Code);
        Assert.Equal(ErrorCode.SecurityDisabled, (await Assert.ThrowsAsync<DeleteAclsException>(() => admin.DeleteAclsAsync([all]))).Results.Single().Error.Code);
    }

    private static TestBroker Start() => TestBroker.Start(options => options with
    {
        Configs = new Dictionary<string, string> { ["authorizer.class.name"] = "kafka.security.auth.SimpleAclAuthorizer" },
    });

    private static async Task Finds(IAdminClient admin, AclBindingFilter filter, params AclBinding[] expected)
    {
        filter.EntryFilter ??= Entry();
        var found = await admin.DescribeAclsAsync(filter);
        Assert.Equal(expected.Select(Text).Order(StringComparer.Ordinal), found.AclBindings.Select(Text).Order(StringComparer.Ordinal));
    }

    private static string Text(AclBinding acl) => $"{acl.Pattern.Type} {acl.Pattern.ResourcePatternType} {acl.Pattern.Name} {acl.Entry.Principal} {acl.Entry.Host} {acl.Entry.Operation} {acl.Entry.PermissionType}";

    private static ResourcePatternFilter Pattern(ResourceType type, string? name, ResourcePatternType pattern) => new() { Type = type, Name = name, ResourcePatternType = pattern };

    private static AccessControlEntryFilter Entry(
        string? principal = null, string? host = null, AclOperation operation = AclOperation.Any, AclPermissionType permission = AclPermissionType.Any) =>
        new() { Principal = principal, Host = host, Operation = operation, PermissionType = permission };

    private static AclBinding Acl(
        ResourceType type, string name, ResourcePatternType pattern, string principal, AclOperation operation, AclPermissionType permission = AclPermissionType.Allow, string host = "*") => new()
    {
        Pattern = new ResourcePattern { Type = type, Name = name, ResourcePatternType = pattern },
        Entry = new AccessControlEntry { Principal = principal, Host = host, Operation = operation, PermissionType = permission },
    };
}
