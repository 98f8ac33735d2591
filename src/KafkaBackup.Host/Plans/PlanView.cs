using KafkaBackup.Workflows.Backup;

namespace KafkaBackup.Host.Plans;

/// <summary>A plan as it is shown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Schedule">When it runs.</param>
/// <param name="Next">When it runs next.</param>
/// <param name="Request">What it asks for.</param>
public sealed record PlanView(string Name, string Schedule, DateTimeOffset Next, BackupRequest Request);
