namespace KafkaBackup.Host.Configuration;

/// <summary>Finds what makes no sense in the settings of histories.</summary>
internal static class HistorySettingsFaults
{
    private const string Section = $"{HostSettings.Section}:History";
    private const long MostKept = 1_000_000_000;

    public static IEnumerable<string> Of(HistorySettings history, IReadOnlyDictionary<string, RepositorySettings> repositories)
    {
        foreach (var (key, text, from, to) in new[] { ("MaxAge", history.MaxAge, "1m", "36500d"), ("Interval", history.Interval, "1s", "1d") })
        {
            if (text is null)
                continue;
            if (Age.Parse(text) is not { } age)
                yield return $"{Section}:{key}: '{text}' is no {Age.Form}";
            else if (age < Age.Parse(from) || age > Age.Parse(to))
                yield return $"{Section}:{key} is between {from} and {to}, not {text}";
        }

        if (history.MaxCount is < 1 or > MostKept)
            yield return $"{Section}:MaxCount is between 1 and {MostKept}, not {history.MaxCount}";
        if (history.Archive is { } archive && !repositories.ContainsKey(archive) && !archive.Contains(':'))
            yield return $"{Section}:Archive: there is no repository connection '{archive}'{(repositories.Count == 0 ? ", and none is configured" : $"; did you mean '{Nearest.To(archive, repositories.Keys)}'?")}";
        if (!history.IsLimited && (history.Archive ?? history.Interval) is not null)
            yield return $"{Section}:{(history.Archive is null ? "Interval" : "Archive")} takes MaxAge or MaxCount beside it: without, nothing is cleared away";
    }
}
