namespace KafkaBackup.Testing;

/// <summary>How much of what is random a run tries: the same code in two sizes.</summary>
public static class TestSize
{
    /// <summary>Whether this is the full size.</summary>
    public static bool IsNightly { get; } = Environment.GetEnvironmentVariable("KAFKA_BACKUP_NIGHTLY") == "1";

    /// <summary>The seed of everything random; printed by tools/test.</summary>
    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("KAFKA_BACKUP_SEED"), out var seed) ? seed : Random.Shared.Next();

    /// <summary>How many: a sample, or the full size.</summary>
    public static int Of(int sample, int nightly) => IsNightly ? nightly : sample;
}
