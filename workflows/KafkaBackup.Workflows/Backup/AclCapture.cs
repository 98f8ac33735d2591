using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Backup;

/// <summary>The access control entries of an epoch.</summary>
/// <param name="Entries">Null where there are none to be had: see <paramref name="Warning"/>, or the cluster has no access control.</param>
/// <param name="Warning">Why they are missing though they were asked for; null if they are not.</param>
internal sealed record AclCapture(IReadOnlyList<AccessEntry>? Entries, string? Warning)
{
    /// <summary>Reads them. That the right to read them is missing fails no backup of data: it is a warning.</summary>
    public static async Task<AclCapture> ReadAsync(AccessControl control, AclScope scope, CancellationToken cancellation)
    {
        if (scope == AclScope.None)
            return new AclCapture(null, null);
        try
        {
            return new AclCapture(await control.ReadAsync(cancellation), null);
        }
        catch (Exception e) when (e is BrokerErrorException { Code: ErrorCode.ClusterAuthorizationFailed } or UnsupportedBrokerException)
        {
            return new AclCapture(null, $"access control entries are not in this epoch: {e.Message}; or leave them out with --acls none");
        }
    }

    /// <summary>Those that belong to the epoch.</summary>
    public IReadOnlyList<AclEpoch>? Of(AclScope scope, EpochCore core) => Entries is null ? null :
    [
        .. AclSelection.Choose(Entries, scope, [.. core.Topics.Select(t => t.Name)], [.. core.Groups.Select(g => g.Group)])
            .Select(e => new AclEpoch(e.ResourceType, e.Resource, e.Pattern, e.Principal, e.Host, e.Operation, e.Permission)),
    ];
}
