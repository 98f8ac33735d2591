using Confluent.Kafka;
using Confluent.Kafka.Admin;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Security;

namespace KafkaBackup.Kafka.Administration;

/// <summary>A setting of a topic.</summary>
/// <param name="Name">Such as retention.ms.</param>
/// <param name="Value">Null where the broker keeps it to itself.</param>
/// <param name="IsOwn">Whether it was set for this topic; else it is the broker's or Kafka's default.</param>
public sealed record TopicSetting(string Name, string? Value, bool IsOwn);

/// <summary>A consumer group as its coordinator describes it.</summary>
/// <param name="Group">Its id.</param>
/// <param name="State">Such as Stable or Empty.</param>
/// <param name="Members">The members' client ids and hosts.</param>
public sealed record GroupDescription(string Group, string State, IReadOnlyList<string> Members);

/// <summary>Topics, their configuration and groups, through Confluent.Kafka's admin client.</summary>
public sealed class ClusterAdmin : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly IAdminClient _admin;
    private readonly AdminCalls _calls;

    /// <summary>Opens nothing yet: the first call connects.</summary>
    public ClusterAdmin(ClusterOptions options, TimeProvider time)
    {
        _calls = new AdminCalls(string.Join(",", options.BootstrapServers), options.GiveUpAfter, time);
        // Its own log lines go nowhere: what matters comes back as an exception.
        var builder = new AdminClientBuilder(options.ConfluentProperties).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { });
        if (options.Security.Sasl?.Tokens is { } tokens)
            builder.SetOAuthBearerTokenRefreshHandler((client, _) => HandOver(client, tokens, options.Security));
        _admin = builder.Build();
    }

    /// <summary>The settings of topics, by topic.</summary>
    /// <exception cref="ClusterException">The cluster did not tell.</exception>
    public Task<IReadOnlyDictionary<string, IReadOnlyList<TopicSetting>>> ReadSettingsAsync(IReadOnlyCollection<string> topics) =>
        topics.Count == 0
            ? Task.FromResult<IReadOnlyDictionary<string, IReadOnlyList<TopicSetting>>>(new Dictionary<string, IReadOnlyList<TopicSetting>>())
            : _calls.DoAsync<IReadOnlyDictionary<string, IReadOnlyList<TopicSetting>>>("describe the configuration of topics", async () =>
            {
                var resources = topics.Select(topic => new ConfigResource { Type = ResourceType.Topic, Name = topic });
                var described = await _admin.DescribeConfigsAsync(resources, new DescribeConfigsOptions { RequestTimeout = Patience });
                return described.ToDictionary(
                    result => result.ConfigResource.Name,
                    IReadOnlyList<TopicSetting> (result) => [.. result.Entries.Values
                        .Select(e => new TopicSetting(e.Name, e.Value, e.Source == ConfigSource.DynamicTopicConfig))
                        .OrderBy(e => e.Name, StringComparer.Ordinal)]);
            });

    /// <summary>Creates a topic; one that is there already is left as it is, and false comes back.</summary>
    public Task<bool> CreateTopicAsync(string topic, int partitions, short replicationFactor, IReadOnlyDictionary<string, string> settings) =>
        _calls.DoAsync($"create topic {topic}", async () =>
        {
            try
            {
                await _admin.CreateTopicsAsync(
                    [Specify(topic, partitions, replicationFactor, settings)], new CreateTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });
                return true;
            }
            catch (CreateTopicsException e) when (e.Results.All(r => r.Error.Code == Confluent.Kafka.ErrorCode.TopicAlreadyExists))
            {
                return false;
            }
        });

    /// <summary>Has the cluster judge a topic without creating it: its settings, its replicas, and the cluster's own policies.</summary>
    /// <returns>Why it would be refused, in the cluster's words; null if it would not.</returns>
    /// <exception cref="ClusterException">The cluster did not tell.</exception>
    public Task<string?> JudgeTopicAsync(string topic, int partitions, short replicationFactor, IReadOnlyDictionary<string, string> settings) =>
        _calls.DoAsync<string?>($"judge topic {topic}", async () =>
        {
            try
            {
                await _admin.CreateTopicsAsync(
                    [Specify(topic, partitions, replicationFactor, settings)],
                    new CreateTopicsOptions { ValidateOnly = true, RequestTimeout = Patience, OperationTimeout = Patience });
                return null;
            }
            catch (CreateTopicsException e) when (e.Results.TrueForAll(r => !AdminCalls.IsPassing(r.Error)))
            {
                return e.Results[0].Error.Reason;
            }
        });

    /// <summary>Has the cluster judge settings of a topic that is there, without setting them.</summary>
    /// <returns>Why they would be refused, in the cluster's words; null if they would not.</returns>
    /// <exception cref="ClusterException">The cluster did not tell.</exception>
    public Task<string?> JudgeSettingsAsync(string topic, IReadOnlyDictionary<string, string?> settings) =>
        _calls.DoAsync<string?>($"judge the configuration of topic {topic}", async () =>
        {
            try
            {
                await _admin.IncrementalAlterConfigsAsync(
                    Changes(topic, settings), new IncrementalAlterConfigsOptions { ValidateOnly = true, RequestTimeout = Patience });
                return null;
            }
            catch (IncrementalAlterConfigsException e) when (e.Results.TrueForAll(r => !AdminCalls.IsPassing(r.Error)))
            {
                return e.Results[0].Error.Reason;
            }
        });

    /// <summary>Sets settings of a topic, or removes those with a null value; the others stay as they are.</summary>
    public Task AlterSettingsAsync(string topic, IReadOnlyDictionary<string, string?> settings) =>
        _calls.DoAsync($"configure topic {topic}", async () =>
        {
            await _admin.IncrementalAlterConfigsAsync(Changes(topic, settings), new IncrementalAlterConfigsOptions { RequestTimeout = Patience });
            return true;
        });

    /// <summary>The ids of topics, each in 32 hexadecimal digits, by name; empty where the brokers are too old to have any (before Kafka 2.8).</summary>
    public Task<IReadOnlyDictionary<string, string>> ReadTopicIdsAsync(IReadOnlyCollection<string> topics) =>
        topics.Count == 0
            ? Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>())
            : _calls.DoAsync<IReadOnlyDictionary<string, string>>("describe topics", async () =>
            {
                var described = await _admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(topics), new DescribeTopicsOptions { RequestTimeout = Patience });
                return described.TopicDescriptions
                    .Where(t => !t.Error.IsError && (t.TopicId.MostSignificantBits != 0 || t.TopicId.LeastSignificantBits != 0))
                    // The halves come as offsets, which know no format of numbers: only their values do.
                    .ToDictionary(t => t.Name, t => $"{t.TopicId.MostSignificantBits.Value:x16}{t.TopicId.LeastSignificantBits.Value:x16}");
            });

    /// <summary>The ids of all consumer groups.</summary>
    public Task<IReadOnlyList<string>> ListGroupsAsync() =>
        _calls.DoAsync<IReadOnlyList<string>>("list consumer groups", async () =>
        {
            var listed = await _admin.ListConsumerGroupsAsync(new ListConsumerGroupsOptions { RequestTimeout = Patience });
            return [.. listed.Valid.Select(g => g.GroupId).Order(StringComparer.Ordinal)];
        });

    /// <summary>The states and members of groups; a group that nobody knows is left out, or described as Dead.</summary>
    public Task<IReadOnlyList<GroupDescription>> DescribeGroupsAsync(IReadOnlyCollection<string> groups) =>
        groups.Count == 0
            ? Task.FromResult<IReadOnlyList<GroupDescription>>([])
            : _calls.DoAsync<IReadOnlyList<GroupDescription>>("describe consumer groups", async () =>
            {
                IReadOnlyList<ConsumerGroupDescription> described;
                try
                {
                    described = (await _admin.DescribeConsumerGroupsAsync(groups, new DescribeConsumerGroupsOptions { RequestTimeout = Patience })).ConsumerGroupDescriptions;
                }
                catch (DescribeConsumerGroupsException e) when (e.Results.ConsumerGroupDescriptions.All(d => !d.Error.IsError || d.Error.Code == ErrorCode.GroupIdNotFound))
                {
                    // Newer brokers say that there is no such group, older ones describe it as dead: nobody is in it either way.
                    described = e.Results.ConsumerGroupDescriptions;
                }

                return [.. described.Where(d => !d.Error.IsError).Select(d => new GroupDescription(
                    d.GroupId, d.State.ToString(), [.. d.Members.Select(m => $"{m.ClientId} at {m.Host}")]))];
            });

    public void Dispose() => _admin.Dispose();

    private static TopicSpecification Specify(string topic, int partitions, short replicationFactor, IReadOnlyDictionary<string, string> settings) =>
        new() { Name = topic, NumPartitions = partitions, ReplicationFactor = replicationFactor, Configs = settings.ToDictionary() };

    private static Dictionary<ConfigResource, List<ConfigEntry>> Changes(string topic, IReadOnlyDictionary<string, string?> settings) => new()
    {
        [new ConfigResource { Type = ResourceType.Topic, Name = topic }] =
        [
            .. settings.Select(s => new ConfigEntry
            {
                Name = s.Key,
                Value = s.Value ?? "",
                IncrementalOperation = s.Value is null ? AlterConfigOpType.Delete : AlterConfigOpType.Set,
            }),
        ],
    };

    // The tokens of the lanes, for this client too; it asks on a thread of its own.
    private static void HandOver(IClient client, IAccessTokens tokens, SecurityOptions security)
    {
        try
        {
            var token = tokens.GetAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            client.OAuthBearerSetToken(token.Value, token.Expires.ToUnixTimeMilliseconds(), token.Principal, token.Extensions.ToDictionary());
        }
        catch (Exception e) when (e is SaslException or KafkaException)
        {
            client.OAuthBearerSetTokenFailure(security.Scrub(e.Message));
        }
    }
}
