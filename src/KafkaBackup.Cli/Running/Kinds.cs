using KafkaBackup.Host.Errors;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Merging;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Retention;

namespace KafkaBackup.Cli.Running;

/// <summary>The kinds of orchestration, as the routes name them.</summary>
internal static class Kinds
{
    public const string Backup = "backups";
    public const string Restore = "restores";
    public const string Prune = "prunes";
    public const string Merge = "merges";

    /// <summary>The orchestration of a kind.</summary>
    public static string OrchestratorOf(string kind) => kind switch { Restore => nameof(RestoreEpoch), Prune => nameof(PruneRepository), Merge => nameof(MergeRepository), _ => nameof(BackupEpoch) };
}

/// <summary>An orchestration came to an end that is none.</summary>
internal sealed class OrchestrationFailedException(string id, ErrorReport report) : Exception(report.Detail)
{
    public string InstanceId { get; } = id;

    public ErrorReport Report { get; } = report;
}
