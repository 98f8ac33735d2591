using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Progress;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Plans a restore and lists everything that stands in its way, before anything is written.</summary>
public sealed class PlanRestore(IConnections connections, IIdentitySource identities) : TaskActivity<RestoreRequest, RestorePlan>
{
    /// <summary>Kafka's default of max.message.bytes, which a topic had if it was not configured otherwise.</summary>
    private const int DefaultMaxMessageBytes = 1_048_588;

    /// <inheritdoc/>
    public override async Task<RestorePlan> RunAsync(TaskActivityContext context, RestoreRequest input)
    {
        var cancellation = context.CancellationToken;
        var mapping = TopicMapping.Parse(input.Map);
        var repository = await BackupRepository.OpenAsync(connections.Repository(input.Repository), cancellation);
        var epoch = await EpochSelection.FindAsync(repository, input.Epoch, input.AsOf, cancellation);
        var chosen = NameSelection.Choose("topic in this epoch", [.. epoch.Core.Topics.Select(t => t.Name)], input.Topics, []).ToHashSet();
        if (chosen.Count == 0)
            throw new NothingSelectedException("no topic of this epoch is chosen; check --topics");
        if (mapping.Unused(chosen) is [var unused, ..])
            throw new NothingSelectedException($"'{unused}' in --map matches no topic that is restored; check its name");
        var groups = input.NoOffsets ? [] : NameSelection.Choose("consumer group in this epoch", [.. epoch.Core.Groups.Select(g => g.Group)], input.Groups, []);

        var cluster = connections.Cluster(input.Cluster);
        var target = await cluster.Client.ConnectAsync(cancellation);
        var topics = new List<TopicPlan>();
        foreach (var topic in epoch.Core.Topics.Where(t => chosen.Contains(t.Name)))
            topics.Add(await PlanAsync(repository, epoch, Without(topic, input.WithoutSettings), mapping.Target(topic.Name), target, cluster, cancellation));
        if (input.WithoutSettings.FirstOrDefault(name => !epoch.Core.Topics.Any(t => chosen.Contains(t.Name) && t.Configuration.ContainsKey(name))) is { } idle)
            throw new NothingSelectedException($"'{idle}' in --without-settings is no setting of a topic that is restored; check its name");
        var violations = await ViolationsAsync(input, topics, groups, target, cluster, cancellation);
        foreach (var topic in topics)
            violations.AddRange(await TargetJudgement.FindAsync(cluster.Admin, topic));
        var acls = input.Acls == AclScope.None ? null : AclTranslation.Of(epoch.Core.Acls ?? [], input.Acls, topics.ToDictionary(t => t.Source, t => t.Target), groups);
        return new RestorePlan(
            identities.New().ToString("n")[..16], epoch.Core.Sequence, topics, groups,
            acls is null ? violations : [.. violations, .. await AclViolationsAsync(epoch, cluster.AccessControl, cancellation)])
        {
            Quotas = await cluster.Quotas.ReadAsync(QuotaKeys.Writing, cancellation),
            Acls = input.DryRun && acls is not null ? [.. acls.Entries.Select(AccessControl.Text), .. acls.LeftOut.Select(left => $"left out: {left}")] : [],
        };
    }

    private static async Task<TopicPlan> PlanAsync(
        BackupRepository repository, Epoch epoch, TopicEpoch topic, string name, ClusterSnapshot target, ClusterConnection cluster, CancellationToken cancellation)
    {
        var segments = (await repository.ReadSegmentsAsync(epoch, topic.Name, cancellation)).ToLookup(s => s.Partition);
        var exists = target.Find(name) is { Error: ErrorCode.None };
        IReadOnlyDictionary<string, string?> settings = exists
            ? (await cluster.Admin.ReadSettingsAsync([name]))[name].Where(s => s.IsOwn).ToDictionary(s => s.Name, s => s.Value)
            : topic.Configuration;
        var largest = int.TryParse(topic.Configuration.GetValueOrDefault("max.message.bytes"), out var configured) ? configured : DefaultMaxMessageBytes;
        return new TopicPlan(
            topic.Name, topic.Lineage, name, exists, (short)Math.Clamp(topic.ReplicationFactor, 1, target.Brokers.Count), settings,
            segments.SelectMany(s => s).Select(s => s.LargestBatch).Append(largest).Max(),
            [.. topic.Partitions.Select(p => new PartitionPlan(p.Partition, Math.Max(p.LogStart, segments[p.Partition].FirstOrDefault()?.From ?? p.LogStart), p.To))]);
    }

    private static async Task<IReadOnlyList<string>> AclViolationsAsync(Epoch epoch, AccessControl control, CancellationToken cancellation)
    {
        if (epoch.Core.Acls is null)
            return [$"epoch {epoch.Sequence} holds no access control entries; leave --acls away"];
        try
        {
            return await control.ReadAsync(cancellation) is null ? ["the target has no access control (no authorizer is configured on its brokers); configure one, or leave --acls away"] : [];
        }
        catch (BrokerErrorException e) when (e.Code == ErrorCode.ClusterAuthorizationFailed)
        {
            return [$"the target's access control entries can't be read: {e.Message}; or leave --acls away"];
        }
    }

    private static TopicEpoch Without(TopicEpoch topic, IReadOnlyList<string> settings) => settings.Count == 0
        ? topic
        : topic with { Configuration = topic.Configuration.Where(s => !settings.Contains(s.Key)).ToDictionary() };

    private static async Task<List<string>> ViolationsAsync(
        RestoreRequest input, List<TopicPlan> topics, IReadOnlyList<string> groups, ClusterSnapshot target, ClusterConnection cluster, CancellationToken cancellation)
    {
        var violations = topics.GroupBy(t => t.Target).Where(g => g.Count() > 1)
            .Select(g => $"topics {string.Join(" and ", g.Select(t => $"'{t.Source}'"))} would both become '{g.Key}'; check --map").ToList();
        foreach (var topic in topics.Where(t => t.Exists))
        {
            var there = target.Find(topic.Target)!;
            if (there.IsInternal)
                violations.Add($"topic '{topic.Target}' is internal to the target's brokers");
            else if (there.Partitions.Count != topic.Partitions.Count)
                violations.Add($"topic '{topic.Target}' has {there.Partitions.Count} partitions at the target and {topic.Partitions.Count} in the backup; delete it, or restore under another name with --map");
        }

        var checkedTopics = topics.Where(t => t.Exists && target.Find(t.Target)!.Partitions.Count == t.Partitions.Count).ToList();
        var bounds = await cluster.Offsets.ReadAsync(
            [.. checkedTopics.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Target, p.Partition)))], IsolationLevel.ReadUncommitted, cancellation);
        violations.AddRange(bounds.Where(b => b.Value.End > b.Value.LogStart && !input.Force).GroupBy(b => b.Key.Topic).Select(topic =>
            $"topic '{topic.Key}' is not empty at the target ({topic.Sum(b => b.Value.End - b.Value.LogStart)} offsets); delete it, restore under another name with --map, or append with --force"));
        violations.AddRange((await cluster.Admin.DescribeGroupsAsync(groups)).Where(g => g.Members.Count > 0).Select(g =>
            $"group '{g.Group}' has active members at the target ({string.Join(", ", g.Members)}); stop them, or leave offsets alone with --no-offsets"));
        return violations;
    }
}
