namespace KafkaBackup.Repository.Storage.Retrying;

/// <summary>How often calls are made again that failed in a way that may pass.</summary>
public sealed record RetryOptions
{
    /// <summary>Attempts after the first, once the place has answered before. Default 9: about a minute; 0 or more.</summary>
    public int Retries { get; init; } = 9;

    /// <summary>Attempts after the first, as long as the place has never answered: what is mistyped or switched off is told soon. Default 3; 0 or more.</summary>
    public int RetriesOfFirstContact { get; init; } = 3;

    /// <summary>The wait before the first repetition; each further one doubles it, give or take a random part. Default 0.2 s; above 0.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait, also where the place asks for a longer one. Default 20 s.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(20);
}
