namespace KafkaBackup.Host.Configuration;

/// <summary>How long the histories of finished orchestrations are kept: whatever either limit excludes is cleared away.</summary>
public sealed class HistorySettings
{
    /// <summary>How long after its end, such as <c>90d</c>; from 1m to 36500d. Default: for ever.</summary>
    public string? MaxAge { get; set; }

    /// <summary>How many, the newest ones; from 1 to 1,000,000,000. Default: all.</summary>
    public long? MaxCount { get; set; }

    /// <summary>The repository that they are written to before they are cleared away: a named connection, or <c>file:PATH</c>. Default: none.</summary>
    public string? Archive { get; set; }

    /// <summary>How often the service clears away, such as <c>10m</c>; from 1s to 1d. It also does at its start. Default: 10m.</summary>
    public string? Interval { get; set; }

    /// <summary>Whether anything is cleared away.</summary>
    internal bool IsLimited => MaxAge is not null || MaxCount is not null;
}
