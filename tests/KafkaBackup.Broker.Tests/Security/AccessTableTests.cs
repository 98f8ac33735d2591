using KafkaBackup.Broker.Handlers.Access;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using Xunit;

namespace KafkaBackup.Broker.Tests.Security;

/// <summary>Nothing that is spoken is forgotten by the authorizer.</summary>
public sealed class AccessTableTests
{
    // What anybody may ask, and what says by its answer alone what may be seen.
    private static readonly ApiKey[] Free = [ApiKey.ApiVersions, ApiKey.SaslHandshake, ApiKey.SaslAuthenticate, ApiKey.Metadata, ApiKey.ListGroups];

    public static TheoryData<ApiKey> Spoken => [.. Apis.All.Keys.Except(Free)];

    [Theory]
    [MemberData(nameof(Spoken))]
    public async Task Who_may_nothing_is_refused_without_a_handler_being_asked(ApiKey key)
    {
        await using var broker = TestBroker.Start(options => options with
        {
            Configs = new Dictionary<string, string> { ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer", ["super.users"] = "User:root" },
        });
        using var client = await broker.ConnectAsync();
        await client.SendAsync(Raw.FaultTests.Filled(key));
        var refused = Raw.FaultTests.ErrorIn(await client.ReceiveAsync(key));
        Assert.Contains(refused, new[]
        {
            ErrorCode.TopicAuthorizationFailed, ErrorCode.GroupAuthorizationFailed, ErrorCode.ClusterAuthorizationFailed, ErrorCode.TransactionalIdAuthorizationFailed,
        });
    }

    public static TheoryData<ApiKey> WithTopics =>
    [
        ApiKey.Produce, ApiKey.Fetch, ApiKey.ListOffsets, ApiKey.OffsetForLeaderEpoch, ApiKey.OffsetCommit, ApiKey.OffsetFetch, ApiKey.OffsetDelete, ApiKey.DeleteRecords,
        ApiKey.CreatePartitions, ApiKey.DeleteTopics, ApiKey.CreateTopics, ApiKey.DescribeConfigs, ApiKey.AlterConfigs, ApiKey.IncrementalAlterConfigs, ApiKey.TxnOffsetCommit,
    ];

    [Theory]
    [MemberData(nameof(WithTopics))]
    public async Task Of_two_topics_the_one_that_is_denied_is_refused_and_the_other_handled(ApiKey key)
    {
        await using var broker = await WhereSecretIsDeniedAsync();
        using var client = await broker.ConnectAsync();
        if (key == ApiKey.OffsetDelete)
            await client.AskAsync(new OffsetCommitRequest { GenerationId = -1, Topics = [new OffsetCommitTopic { Topic = "open", Partitions = [new OffsetCommitPartition { Offset = 1 }] }] });
        await client.SendAsync(Naming(key, "open", "secret"));
        var errors = ErrorsByTopic(await client.ReceiveAsync(key));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, errors["secret"]);
        Assert.NotEqual(ErrorCode.TopicAuthorizationFailed, errors["open"]);
    }

    [Fact]
    public async Task Who_wants_no_answer_gets_none_when_he_is_refused_either()
    {
        await using var broker = await WhereSecretIsDeniedAsync();
        using var client = await broker.ConnectAsync();
        await client.SendAsync(Batches.Produce("secret", Batches.Of(Batches.Plain, "a"), acks: 0));
        await client.SendAsync(Batches.Produce("secret", Batches.Of(Batches.Transactional(7, 0, 0), "a"), "tx", acks: 0));
        Assert.Equal(["open"], (await client.AskAsync(new MetadataRequest { Topics = null })).Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task A_batch_with_a_producers_id_needs_the_clusters_leave_wherever_the_id_is_from()
    {
        await using var broker = await WhereSecretIsDeniedAsync();
        using var client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.None, (await client.ProduceAsync("open", Batches.Of(Batches.Plain, "a"))).ErrorCode);
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, (await client.ProduceAsync("open", Batches.Of(Batches.Idempotent(7, 0, 0), "a"))).ErrorCode);
        Assert.Equal(1, await client.EndAsync("open"));
    }

    [Fact]
    public async Task Partitions_come_into_a_transaction_all_or_none()
    {
        await using var broker = await WhereSecretIsDeniedAsync();
        using var client = await broker.ConnectAsync();
        await client.SendAsync(Naming(ApiKey.AddPartitionsToTxn, "open", "secret"));
        var errors = ErrorsByTopic(await client.ReceiveAsync(ApiKey.AddPartitionsToTxn));
        Assert.Equal((ErrorCode.OperationNotAttempted, ErrorCode.TopicAuthorizationFailed), (errors["open"], errors["secret"]));
    }

    [Fact]
    public async Task What_is_not_asked_for_by_name_is_left_out_where_it_may_not_be_seen()
    {
        await using var broker = await WhereSecretIsDeniedAsync();
        using var root = await broker.ConnectAsync();
        Assert.Equal(["open"], (await root.AskAsync(new OffsetFetchRequest { GroupId = "g", Topics = null })).Topics.Select(topic => topic.Topic));
        Assert.Equal(["open"], (await root.AskAsync(new MetadataRequest { Topics = null })).Topics.Select(topic => topic.Name));
        // A topic that may not be created is not created by asking for it.
        var asked = await root.AskAsync(new MetadataRequest { Topics = [new MetadataTopic { Name = "denied-too" }], AllowAutoTopicCreation = true });
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, asked.Topics.Single().ErrorCode);
    }

    // Everybody may do everything with what nobody speaks of.
    private static async Task<TestBroker> WhereSecretIsDeniedAsync()
    {
        var broker = TestBroker.Start(options => options with
        {
            Topics = [new StartTopic("open"), new StartTopic("secret")],
            Configs = new Dictionary<string, string>
            {
                ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer", ["super.users"] = "User:root", ["allow.everyone.if.no.acl.found"] = "true",
            },
        });
        using var client = await broker.ConnectAsync();
        await client.AskAsync(new OffsetCommitRequest
        {
            GroupId = "g",
            GenerationId = -1,
            Topics = [.. new[] { "open", "secret" }.Select(topic => new OffsetCommitTopic { Topic = topic, Partitions = [new OffsetCommitPartition { Offset = 1 }] })],
        });
        Acl Deny(AclResourceType type, string name, AclOperation operation) =>
            new() { ResourceType = type, ResourceName = name, Principal = "User:*", Host = "*", Operation = operation, Permission = AclPermission.Deny };
        await client.AskAsync(new CreateAclsRequest
        {
            Creations =
            [
                Deny(AclResourceType.Topic, "secret", AclOperation.All),
                Deny(AclResourceType.Topic, "denied-too", AclOperation.Create),
                Deny(AclResourceType.Cluster, "kafka-cluster", AclOperation.Create),
                // Create of topics is for the topic to say.
                new Acl { ResourceType = AclResourceType.Topic, ResourceName = "open", Principal = "User:*", Host = "*", Operation = AclOperation.All, Permission = AclPermission.Allow },
                new Acl { ResourceType = AclResourceType.Topic, ResourceName = "denied-too", Principal = "User:*", Host = "*", Operation = AclOperation.Describe, Permission = AclPermission.Allow },
            ],
        });
        return broker;
    }

    private static Request Naming(ApiKey key, params string[] names)
    {
        var request = Raw.FaultTests.Filled(key);
        var list = request.GetType().GetProperties().First(p => p.Name is "Topics" or "TopicNames" or "Resources");
        var element = list.PropertyType.GetGenericArguments()[0];
        var items = Array.CreateInstance(element, names.Length);
        for (var i = 0; i < names.Length; i++)
        {
            object item = names[i];
            if (element != typeof(string))
            {
                item = ((System.Collections.IEnumerable)list.GetValue(Raw.FaultTests.Filled(key))!).Cast<object>().Single();
                element.GetProperties().First(p => p.Name is "Topic" or "Name" or "ResourceName").SetValue(item, names[i]);
                element.GetProperty("ResourceType")?.SetValue(item, ConfigResourceType.Topic);
            }

            items.SetValue(item, i);
        }

        list.SetValue(request, items);
        return request;
    }

    private static Dictionary<string, ErrorCode> ErrorsByTopic(Response response)
    {
        var list = response.GetType().GetProperties().First(p => p.Name is "Topics" or "Resources");
        return ((System.Collections.IEnumerable)list.GetValue(response)!).Cast<object>().ToDictionary(
            item => (string)item.GetType().GetProperties().First(p => p.Name is "Topic" or "Name" or "ResourceName").GetValue(item)!, Raw.FaultTests.ErrorIn);
    }
}
