namespace KafkaBackup.Durable;

/// <summary>An activity that has begun and has not ended, as far as the host that runs it has told.</summary>
/// <param name="TaskId">The number of the call within its orchestration.</param>
/// <param name="Name">The activity.</param>
/// <param name="Attempt">Which attempt runs, from 1.</param>
/// <param name="HostName">Where it runs.</param>
/// <param name="StartedAt">When the attempt began, UTC.</param>
/// <param name="SerializedProgress">The latest value that the attempt reported, as JSON; <see langword="null"/> if none has come yet.</param>
/// <param name="ReportedAt">When that value arrived, UTC.</param>
[GenerateSerializer, Immutable]
public sealed record ActivityProgress(
    int TaskId, string Name, int Attempt, string? HostName, DateTimeOffset StartedAt, string? SerializedProgress, DateTimeOffset? ReportedAt);
