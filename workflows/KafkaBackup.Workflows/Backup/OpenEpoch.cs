using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Progress;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Backup;

/// <summary>
/// Opens the repository, or creates it, takes the writer's lease and chooses the topics. It gives the run its generation, a name that no other run has: an attempt
/// whose result was not recorded has written nothing under it. (Its lease has to be found silent then, which takes a moment.)
/// </summary>
public sealed class OpenEpoch(IConnections connections, WriterLeases leases, TimeProvider time, IIdentitySource identities) : TaskActivity<BackupRequest, EpochPlan>
{
    /// <inheritdoc/>
    public override async Task<EpochPlan> RunAsync(TaskActivityContext context, BackupRequest input)
    {
        // The cluster first: a repository is not created for a cluster that is not there.
        var snapshot = await connections.Cluster(input.Cluster).Client.ConnectAsync(context.CancellationToken);
        var topics = NameSelection.Choose("topic", [.. snapshot.Topics.Where(t => !t.IsInternal).Select(t => t.Name)], input.Topics, input.Exclude);
        if (topics.Count == 0)
            throw new NothingSelectedException("no topic is chosen; check --topics and --exclude");
        var repository = await BackupRepository.OpenOrCreateAsync(connections.Repository(input.Repository), time, identities.New(), context.CancellationToken);
        var generation = identities.New().ToString("n")[..16];
        // Before the last epoch is looked up: a writer that is at work now will have made another one.
        await using var lease = await leases.HoldAsync(input.Repository, generation, context.CancellationToken);
        var latest = await repository.LatestAsync(context.CancellationToken);
        return new EpochPlan(generation, (latest?.Sequence ?? 0) + 1, latest?.CoreHash, snapshot.ClusterId ?? "", topics)
        {
            Quotas = await connections.Cluster(input.Cluster).Quotas.ReadAsync(QuotaKeys.Reading, context.CancellationToken),
        };
    }
}
