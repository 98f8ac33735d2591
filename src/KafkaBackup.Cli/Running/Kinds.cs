using KafkaBackup.Host.Errors;

namespace KafkaBackup.Cli.Running;

/// <summary>The kinds of orchestration, as the routes name them.</summary>
internal static class Kinds
{
    public const string Backup = "backups";
    public const string Restore = "restores";
}

/// <summary>An orchestration came to an end that is none.</summary>
internal sealed class OrchestrationFailedException(string id, ErrorReport report) : Exception(report.Detail)
{
    public string InstanceId { get; } = id;

    public ErrorReport Report { get; } = report;
}
