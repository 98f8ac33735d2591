using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.Broker.Security;
using Xunit;
using AclOperation = Confluent.Kafka.Admin.AclOperation;

namespace KafkaBackup.Broker.Tests.Security;

/// <summary>Who is let in may still not do everything: access control entries are enforced where `super.users` names who may.</summary>
public sealed class AuthorizationTests : IAsyncLifetime
{
    // Confluent.Kafka has no name for it.
    private const ResourceType TransactionalId = (ResourceType)5;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TestBroker _broker = TestBroker.Start(options => options with
    {
        Topics = [new StartTopic("orders"), new StartTopic("orders-eu"), new StartTopic("secret")],
        Security = new BrokerSecurity { SaslMechanisms = ["PLAIN"], Users = [new BrokerUser("root", "root-secret"), new BrokerUser("alice", "alice-secret")] },
        Configs = new Dictionary<string, string> { ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer", ["super.users"] = "User:root;User:other" },
    });

    private IAdminClient _root = null!;
    private IAdminClient _alice = null!;

    public ValueTask InitializeAsync()
    {
        (_root, _alice) = (Admin("root"), Admin("alice"));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _root.Dispose();
        _alice.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Who_may_nothing_sees_no_topics_and_is_refused_everything()
    {
        Assert.Equal(3, _root.GetMetadata(Limit).Topics.Count);
        Assert.Empty(_alice.GetMetadata(Limit).Topics);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, _alice.GetMetadata("orders", Limit).Topics.Single().Error.Code);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, (await ProduceAsync("orders")).Code);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, (await CodeAsync<CreateTopicsException>(() => _alice.CreateTopicsAsync([new TopicSpecification { Name = "new" }]), e => e.Results[0].Error)));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, (await CodeAsync<DeleteTopicsException>(() => _alice.DeleteTopicsAsync(["orders"]), e => e.Results[0].Error)));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, (await CodeAsync<DescribeConfigsException>(() => _alice.DescribeConfigsAsync([Topic("orders")]), e => e.Results[0].Error)));
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, (await CodeAsync<DescribeConfigsException>(() => _alice.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Broker, Name = "1" }]), e => e.Results[0].Error)));
        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, (await CodeAsync<CreateAclsException>(() => _alice.CreateAclsAsync([Allow(ResourceType.Topic, "orders", AclOperation.All)]), e => e.Results[0].Error)));
        Assert.Equal(ErrorCode.GroupAuthorizationFailed, (await CodeAsync<KafkaException>(() => CommitAsync("g", "orders"), e => e.Error)));
        Assert.Equal(3, _root.GetMetadata(Limit).Topics.Count);
    }

    [Fact]
    public async Task What_is_allowed_is_done_and_the_rest_of_the_same_request_refused()
    {
        await _root.CreateAclsAsync(
        [
            Allow(ResourceType.Topic, "orders", AclOperation.Write, ResourcePatternType.Prefixed),
            Allow(ResourceType.Topic, "orders", AclOperation.Delete),
        ]);
        Assert.Equal(["orders", "orders-eu"], _alice.GetMetadata(Limit).Topics.Select(t => t.Topic).Order());
        Assert.Equal(ErrorCode.NoError, (await ProduceAsync("orders")).Code);
        Assert.Equal(ErrorCode.NoError, (await ProduceAsync("orders-eu")).Code);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, (await ProduceAsync("secret")).Code);
        var deleted = await Assert.ThrowsAsync<DeleteTopicsException>(() => _alice.DeleteTopicsAsync(["orders", "orders-eu"]));
        Assert.Equal(
            [("orders", ErrorCode.NoError), ("orders-eu", ErrorCode.TopicAuthorizationFailed)],
            deleted.Results.Select(r => (r.Topic, r.Error.Code)).OrderBy(r => r.Topic));
        Assert.Equal(["orders-eu", "secret"], _root.GetMetadata(Limit).Topics.Select(t => t.Topic).Order());
    }

    [Fact]
    public async Task A_group_reads_where_it_and_its_topic_may_be_read()
    {
        using (var producer = new ProducerBuilder<Null, string>(Client("root", new ProducerConfig())).Build())
            await producer.ProduceAsync("orders", new Message<Null, string> { Value = "a" });
        await _root.CreateAclsAsync([Allow(ResourceType.Topic, "orders", AclOperation.Read)]);
        Assert.Equal(ErrorCode.GroupAuthorizationFailed, Assert.Throws<ConsumeException>(() => Consume("readers")).Error.Code);
        await _root.CreateAclsAsync([Allow(ResourceType.Group, "readers", AclOperation.Read)]);
        Assert.Equal("a", Consume("readers"));
        Assert.Equal(["readers"], (await _alice.ListConsumerGroupsAsync()).Valid.Select(g => g.GroupId));
        await _root.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets("hidden", [new TopicPartitionOffset("orders", 0, 1)])]);
        Assert.Equal(["readers"], (await _alice.ListConsumerGroupsAsync()).Valid.Select(g => g.GroupId));
        Assert.Equal(2, (await _root.ListConsumerGroupsAsync()).Valid.Count);
    }

    [Fact]
    public async Task An_entry_that_denies_outweighs_those_that_allow()
    {
        await _root.CreateAclsAsync([Allow(ResourceType.Topic, "*", AclOperation.All), Allow(ResourceType.Topic, "secret", AclOperation.Write, permission: AclPermissionType.Deny)]);
        Assert.Equal(ErrorCode.NoError, (await ProduceAsync("orders")).Code);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, (await ProduceAsync("secret")).Code);
        // It denies what it says and nothing that follows from it.
        Assert.Equal(3, _alice.GetMetadata(Limit).Topics.Count);
    }

    [Fact]
    public async Task Transactional_ids_and_idempotence_have_to_be_allowed()
    {
        await _root.CreateAclsAsync([Allow(ResourceType.Topic, "orders", AclOperation.Write)]);
        var errors = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using (var idempotent = new ProducerBuilder<Null, string>(Client("alice", new ProducerConfig { EnableIdempotence = true, MessageTimeoutMs = 5000 })).SetLogHandler((_, _) => { }).SetErrorHandler((_, e) => errors.Enqueue(e.Reason)).Build())
        {
            await Assert.ThrowsAnyAsync<KafkaException>(() => idempotent.ProduceAsync("orders", new Message<Null, string> { Value = "a" }));
            await Eventually.TrueAsync(() => Task.FromResult(errors.Any(e => e.Contains("Cluster authorization failed", StringComparison.Ordinal))), "the reason");
        }

        using var transactional = new ProducerBuilder<Null, string>(Client("alice", new ProducerConfig { TransactionalId = "tx" })).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, Assert.ThrowsAny<KafkaException>(() => transactional.InitTransactions(Limit)).Error.Code);
        await _root.CreateAclsAsync([Allow(TransactionalId, "tx", AclOperation.Write)]);
        using var allowed = new ProducerBuilder<Null, string>(Client("alice", new ProducerConfig { TransactionalId = "tx" })).SetLogHandler((_, _) => { }).Build();
        allowed.InitTransactions(Limit);
        allowed.BeginTransaction();
        await allowed.ProduceAsync("orders", new Message<Null, string> { Value = "a" });
        allowed.CommitTransaction(Limit);
    }

    [Fact]
    public async Task Where_nothing_is_said_of_a_thing_everybody_may_if_that_is_how_it_is_configured()
    {
        await using var broker = TestBroker.Start(options => options with
        {
            Topics = [new StartTopic("orders"), new StartTopic("secret")],
            Configs = new Dictionary<string, string>
            {
                ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer", ["super.users"] = "User:root", ["allow.everyone.if.no.acl.found"] = "true",
            },
        });
        using var admin = broker.Admin();
        await admin.CreateAclsAsync([Allow(ResourceType.Topic, "secret", AclOperation.Read)]);
        Assert.Equal(["orders"], admin.GetMetadata(Limit).Topics.Select(t => t.Topic));
    }

    [Theory]
    [InlineData(AclOperation.Read, true)]
    [InlineData(AclOperation.Write, true)]
    [InlineData(AclOperation.Delete, true)]
    [InlineData(AclOperation.Alter, true)]
    [InlineData(AclOperation.All, true)]
    [InlineData(AclOperation.Create, false)]
    [InlineData(AclOperation.AlterConfigs, false)]
    public async Task Who_may_do_something_with_a_topic_may_see_it(AclOperation operation, bool sees)
    {
        await _root.CreateAclsAsync([Allow(ResourceType.Topic, "orders", operation)]);
        Assert.Equal(sees ? ErrorCode.NoError : ErrorCode.TopicAuthorizationFailed, _alice.GetMetadata("orders", Limit).Topics.Single().Error.Code);
        var mayDescribe = operation is AclOperation.AlterConfigs or AclOperation.All;
        if (mayDescribe)
            Assert.NotEmpty((await _alice.DescribeConfigsAsync([Topic("orders")])).Single().Entries);
        else
            await Assert.ThrowsAsync<DescribeConfigsException>(() => _alice.DescribeConfigsAsync([Topic("orders")]));
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    public async Task An_entry_holds_for_the_host_that_it_names(string host, bool allowed)
    {
        await _root.CreateAclsAsync([Allow(ResourceType.Topic, "orders", AclOperation.Describe, host: host)]);
        Assert.Equal(allowed ? ErrorCode.NoError : ErrorCode.TopicAuthorizationFailed, _alice.GetMetadata("orders", Limit).Topics.Single().Error.Code);
    }

    private async Task<Error> ProduceAsync(string topic)
    {
        using var producer = new ProducerBuilder<Null, string>(Client("alice", new ProducerConfig { MessageTimeoutMs = 5000 })).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        try
        {
            await producer.ProduceAsync(topic, new Message<Null, string> { Value = "a" });
            return new Error(ErrorCode.NoError);
        }
        catch (KafkaException e)
        {
            return e.Error;
        }
    }

    private string Consume(string group)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(Client("alice", new ConsumerConfig { GroupId = group, AutoOffsetReset = AutoOffsetReset.Earliest })).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        consumer.Subscribe("orders");
        var read = consumer.Consume(Limit).Message.Value;
        consumer.Close();
        return read;
    }

    private Task CommitAsync(string group, string topic) =>
        _alice.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(group, [new TopicPartitionOffset(topic, 0, 0)])]);

    private IAdminClient Admin(string user) => new AdminClientBuilder(Client(user, new AdminClientConfig())).SetLogHandler((_, _) => { }).Build();

    private T Client<T>(string user, T config)
        where T : ClientConfig
    {
        config.BootstrapServers = _broker.Bootstrap;
        (config.SecurityProtocol, config.SaslMechanism, config.SaslUsername, config.SaslPassword) = (SecurityProtocol.SaslPlaintext, SaslMechanism.Plain, user, user + "-secret");
        return config;
    }

    private static async Task<ErrorCode> CodeAsync<TException>(Func<Task> action, Func<TException, Error> error)
        where TException : Exception => error(await Assert.ThrowsAsync<TException>(action)).Code;

    private static ConfigResource Topic(string name) => new() { Type = ResourceType.Topic, Name = name };

    private static AclBinding Allow(
        ResourceType type,
        string name,
        AclOperation operation,
        ResourcePatternType pattern = ResourcePatternType.Literal,
        AclPermissionType permission = AclPermissionType.Allow,
        string host = "*") => new()
    {
        Pattern = new ResourcePattern { Type = type, Name = name, ResourcePatternType = pattern },
        Entry = new AccessControlEntry { Principal = "User:alice", Host = host, Operation = operation, PermissionType = permission },
    };
}
