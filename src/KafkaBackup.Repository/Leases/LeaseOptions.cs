namespace KafkaBackup.Repository.Leases;

/// <summary>How writers keep out of each other's way.</summary>
public sealed record LeaseOptions
{
    /// <summary>How long a writer may be silent before another one takes its place. Default 30 s; 1 s or more. It is renewed three times as often.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
