namespace KafkaBackup.Broker.Groups;

/// <summary>A committed offset.</summary>
/// <param name="Offset">That of the next record to read.</param>
/// <param name="LeaderEpoch">That of the last record read; -1 where unknown.</param>
/// <param name="Metadata">What the client keeps with it.</param>
internal sealed record CommittedOffset(long Offset, int LeaderEpoch, string? Metadata);
