namespace KafkaBackup.Workflows.Selection;

/// <summary>Chooses from names: those that an include chooses and no exclude does.</summary>
public static class NameSelection
{
    /// <summary>The names chosen, in order.</summary>
    /// <param name="what">What the names are, for errors: "topic", "group".</param>
    /// <param name="names">What there is.</param>
    /// <param name="include">Empty: everything.</param>
    /// <param name="exclude">What is left out.</param>
    /// <exception cref="NothingSelectedException">A literal include is not there.</exception>
    public static IReadOnlyList<string> Choose(string what, IReadOnlyCollection<string> names, IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        var wanted = include.Select(NameSelector.Parse).ToList();
        var unwanted = exclude.Select(NameSelector.Parse).ToList();
        var missing = wanted.Where(s => s.IsLiteral && !names.Contains(s.Text)).Select(s => s.Text).ToList();
        if (missing.Count > 0)
            throw new NothingSelectedException($"there is no {what} {string.Join(", ", missing.Select(m => $"'{m}'"))}{Hint(missing[0], names)}");
        return [.. names
            .Where(name => (wanted.Count == 0 || wanted.Exists(s => s.Matches(name))) && !unwanted.Exists(s => s.Matches(name)))
            .Order(StringComparer.Ordinal)];
    }

    private static string Hint(string missing, IReadOnlyCollection<string> names)
    {
        var similar = names.Where(n => n.Contains(missing, StringComparison.OrdinalIgnoreCase) || missing.Contains(n, StringComparison.OrdinalIgnoreCase)).Take(3).ToList();
        return similar.Count == 0 ? "" : $"; there is {string.Join(", ", similar.Select(s => $"'{s}'"))}";
    }
}
