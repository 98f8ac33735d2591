namespace KafkaBackup.Workflows.Selection;

/// <summary>Chooses from names: those that an include chooses and no exclude does.</summary>
public static class NameSelection
{
    private const int MostNamed = 5;

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
            throw new NothingSelectedException($"there is no {what} {Quote(missing)}{Hint(missing[0], names)}");
        return [.. names
            .Where(name => (wanted.Count == 0 || wanted.Exists(s => s.Matches(name))) && !unwanted.Exists(s => s.Matches(name)))
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>Names that are like one that is not there, or what there is: the end of a sentence.</summary>
    public static string Hint(string missing, IReadOnlyCollection<string> names)
    {
        var similar = names.Where(n => n.Contains(missing, StringComparison.OrdinalIgnoreCase) || missing.Contains(n, StringComparison.OrdinalIgnoreCase)).Take(3).ToList();
        if (similar.Count > 0)
            return $"; there is {Quote(similar)}";
        var some = names.Order(StringComparer.Ordinal).Take(MostNamed).ToList();
        return some.Count == 0 ? "; there is none at all" : $"; there {(names.Count == 1 ? "is" : "are")} {Quote(some)}{(names.Count > some.Count ? $" and {names.Count - some.Count} more" : "")}";
    }

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
