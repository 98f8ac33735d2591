using KafkaBackup.Durable;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Asks for the epoch's access control entries to be created at the target.</summary>
public sealed record AclRequest(RestoreRequest Request, RestorePlan Plan);

/// <summary>What became of the access control entries.</summary>
/// <param name="Created">How many were created.</param>
/// <param name="Found">How many were there already.</param>
/// <param name="LeftOut">Those that could not be created, each with the reason.</param>
public sealed record CreatedAcls(int Created, int Found, IReadOnlyList<string> LeftOut);

/// <summary>Creates the access control entries that the target does not have yet, and reads them back. None is ever removed.</summary>
public sealed class CreateAcls(IConnections connections) : TaskActivity<AclRequest, CreatedAcls>
{
    /// <inheritdoc/>
    public override async Task<CreatedAcls> RunAsync(TaskActivityContext context, AclRequest input)
    {
        var cancellation = context.CancellationToken;
        var repository = await BackupRepository.OpenAsync(connections.Repository(input.Request.Repository), cancellation);
        var epoch = await repository.ReadEpochAsync(input.Plan.Epoch, cancellation);
        var translation = AclTranslation.Of(
            epoch.Core.Acls ?? [], input.Request.Acls, input.Plan.Topics.ToDictionary(t => t.Source, t => t.Target), input.Plan.Groups);
        var control = connections.Cluster(input.Request.Cluster).AccessControl;
        var there = await ReadAsync(control, cancellation);
        List<AccessEntry> missing = [.. translation.Entries.Where(e => !there.Contains(e)).Distinct()];
        await control.CreateAsync(missing, cancellation);
        var stands = await ReadAsync(control, cancellation);
        var lost = missing.Where(e => !stands.Contains(e)).Select(e => $"{AccessControl.Text(e)}: the target accepted it, and does not have it");
        return new CreatedAcls(missing.Count(stands.Contains), translation.Entries.Count(there.Contains), [.. translation.LeftOut, .. lost]);
    }

    private static async Task<IReadOnlySet<AccessEntry>> ReadAsync(AccessControl control, CancellationToken cancellation) =>
        (await control.ReadAsync(cancellation) ?? []).ToHashSet();
}
