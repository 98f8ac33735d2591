using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Tests.Connections;
using KafkaBackup.Kafka.Tests.Lanes;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Administration;

/// <summary>Access control entries: read whole or not at all, created as they were.</summary>
public sealed class AccessControlTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static readonly AccessEntry[] Entries =
    [
        new("CLUSTER", "kafka-cluster", "LITERAL", "User:dave", "*", "ALTER_CONFIGS", "ALLOW"),
        new("GROUP", "bil", "PREFIXED", "User:alice", "*", "READ", "ALLOW"),
        new("TOPIC", "*", "LITERAL", "User:carol", "10.0.0.1", "ALL", "DENY"),
        new("TOPIC", "orders", "LITERAL", "User:alice", "*", "DESCRIBE_CONFIGS", "ALLOW"),
        new("TOPIC", "orders", "LITERAL", "User:alice", "*", "READ", "ALLOW"),
        new("TRANSACTIONAL_ID", "orders", "LITERAL", "User:alice", "*", "WRITE", "ALLOW"),
    ];

    [Fact]
    public async Task What_is_created_is_read_back_in_order_of_its_words()
    {
        await using var broker = DevelopmentBroker.WithAccessControl();
        await using var cluster = broker.Cluster();
        var control = new AccessControl(cluster);
        Assert.Empty((await control.ReadAsync(default).WaitAsync(Soon))!);
        await control.CreateAsync([.. Entries.Reverse()], default).WaitAsync(Soon);
        await control.CreateAsync([Entries[0]], default).WaitAsync(Soon);
        Assert.Equal(Entries, await control.ReadAsync(default).WaitAsync(Soon));
    }

    [Fact]
    public async Task Many_entries_are_created_in_several_requests()
    {
        await using var broker = DevelopmentBroker.WithAccessControl();
        await using var cluster = broker.Cluster();
        var control = new AccessControl(cluster);
        await control.CreateAsync([.. Enumerable.Range(0, 901).Select(i => Entries[3] with { Resource = $"t{i}" })], default).WaitAsync(Soon);
        Assert.Equal(901, (await control.ReadAsync(default).WaitAsync(Soon))!.Count);
    }

    [Fact]
    public async Task A_cluster_without_access_control_has_no_entries_to_be_read()
    {
        await using var broker = DevelopmentBroker.With();
        await using var cluster = broker.Cluster();
        Assert.Null(await new AccessControl(cluster).ReadAsync(default).WaitAsync(Soon));
    }

    [Fact]
    public async Task A_missing_right_is_an_error_and_not_an_empty_list()
    {
        await using var broker = DevelopmentBroker.WithAccessControl();
        broker.Faults.Apply("error:DescribeAcls=ClusterAuthorizationFailed");
        await using var cluster = broker.Cluster();
        var error = await Assert.ThrowsAsync<BrokerErrorException>(() => new AccessControl(cluster).ReadAsync(default).WaitAsync(Soon));
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, error.Code);
    }

    [Fact]
    public async Task An_entry_that_is_refused_is_named()
    {
        await using var broker = DevelopmentBroker.WithAccessControl();
        await using var cluster = broker.Cluster();
        var error = await Assert.ThrowsAsync<BrokerErrorException>(
            () => new AccessControl(cluster).CreateAsync([Entries[1], Entries[0] with { Resource = "another" }], default).WaitAsync(Soon));
        Assert.Contains("ALLOW User:dave ALTER_CONFIGS on CLUSTER another from *", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_no_word_here_is_kept_by_its_number_and_goes_back_as_it_came()
    {
        var sent = new List<Acl>();
        await using var broker = ScriptedBroker.Answering(request => request switch
        {
            DescribeAclsRequest { Filter.ResourceType: AclResourceType.Topic } => new DescribeAclsResponse
            {
                Resources = [new DescribedAclResource { ResourceType = AclResourceType.Topic, ResourceName = "t", Acls = [new DescribedAcl { Principal = "User:a", Host = "*", Operation = (AclOperation)99, Permission = AclPermission.Allow }] }],
            },
            DescribeAclsRequest => new DescribeAclsResponse(),
            CreateAclsRequest r => Created(r),
            _ => null,
        });
        await using var cluster = new ClusterClient(broker.Options(), TimeProvider.System, NullLogger<ClusterClient>.Instance);
        var control = new AccessControl(cluster);
        var read = Assert.Single((await control.ReadAsync(default).WaitAsync(Soon))!);
        Assert.Equal("99", read.Operation);
        await control.CreateAsync([read], default).WaitAsync(Soon);
        Assert.Equal((AclOperation)99, Assert.Single(sent).Operation);

        CreateAclsResponse Created(CreateAclsRequest request)
        {
            sent.AddRange(request.Creations);
            return new CreateAclsResponse { Results = [.. request.Creations.Select(_ => new CreatedAcl())] };
        }
    }
}
