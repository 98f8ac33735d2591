using KafkaBackup.Durable;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Merging;

/// <summary>
/// Takes the writer's lease and finds what is worth a merge; or, if it is only to be shown, finds it. It gives the run its generation, a name that no other run has: an attempt whose
/// result was not recorded has written nothing under it. (Its lease has to be found silent then, which takes a moment.)
/// </summary>
public sealed class PlanMerge(IConnections connections, WriterLeases leases, IIdentitySource identities) : TaskActivity<MergeRequest, PlannedMerge>
{
    /// <inheritdoc/>
    public override async Task<PlannedMerge> RunAsync(TaskActivityContext context, MergeRequest input)
    {
        var store = connections.Repository(input.Repository);
        var repository = await BackupRepository.OpenAsync(store, context.CancellationToken);
        var generation = MergeGeneration.Of(identities.New().ToString("n")[..16]);
        if (input.DryRun)
            return new PlannedMerge(generation, await PlanAsync(repository, input, context.CancellationToken));
        // Before anything is read: a writer that is at work now will have made another epoch, or merge.
        await using var lease = await leases.HoldAsync(input.Repository, generation, context.CancellationToken);
        return await new Handover(store, generation).KeepAsync(new PlannedMerge(generation, await PlanAsync(repository, input, context.CancellationToken)), context.CancellationToken);
    }

    private static async Task<MergePlan> PlanAsync(BackupRepository repository, MergeRequest input, CancellationToken cancellation)
    {
        if (input.Topics.Count == 0)
            return await new Merger(repository).PlanAsync(input.Policy(), null, cancellation);
        var there = (await repository.LatestAsync(cancellation))?.Lists.Keys.Select(journal => journal[..journal.IndexOf('/')]).Distinct(StringComparer.Ordinal).ToList() ?? [];
        var chosen = NameSelection.Choose("topic in this repository", there, input.Topics, []).ToHashSet(StringComparer.Ordinal);
        if (chosen.Count == 0)
            throw new NothingSelectedException("no topic of the repository is chosen; check --topics");
        return await new Merger(repository).PlanAsync(input.Policy(), chosen.Contains, cancellation);
    }
}
