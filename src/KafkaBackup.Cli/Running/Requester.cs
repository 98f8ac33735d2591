namespace KafkaBackup.Cli.Running;

/// <summary>Who asks, for the audit trail.</summary>
internal static class Requester
{
    /// <summary>The user of this process and its machine.</summary>
    public static string Here { get; } = $"{Environment.UserName}@{Environment.MachineName}";
}
