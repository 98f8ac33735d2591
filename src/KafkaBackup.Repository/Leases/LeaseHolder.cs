namespace KafkaBackup.Repository.Leases;

/// <summary>Who holds a lease.</summary>
/// <param name="Run">The run: the same for all processes that work for it, and for those that go on with it after a crash.</param>
/// <param name="Host">The machine, for people.</param>
public sealed record LeaseHolder(string Run, string Host);
