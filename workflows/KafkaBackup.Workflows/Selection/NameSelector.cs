using System.Text.RegularExpressions;

namespace KafkaBackup.Workflows.Selection;

/// <summary>
/// Chooses names: a literal name, a glob with <c>*</c> (any characters) or <c>?</c> (one character), or a regular expression after <c>~</c>
/// that has to match the whole name. Three things that look different, so a dot in a literal name is a dot.
/// </summary>
public sealed class NameSelector
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);
    private readonly Regex? _pattern;

    private NameSelector(string text, Regex? pattern)
    {
        Text = text;
        _pattern = pattern;
    }

    /// <summary>As it was given.</summary>
    public string Text { get; }

    /// <summary>Whether it names one thing, which then has to exist.</summary>
    public bool IsLiteral => _pattern is null;

    /// <summary>Reads a selector.</summary>
    /// <exception cref="SelectorFormatException">It is empty, or no regular expression follows the <c>~</c>.</exception>
    public static NameSelector Parse(string text)
    {
        if (text.Length == 0)
            throw new SelectorFormatException("a selector is empty");
        try
        {
            if (text[0] == '~')
                return new NameSelector(text, new Regex($"^(?:{text[1..]})$", RegexOptions.CultureInvariant, MatchLimit));
        }
        catch (ArgumentException e)
        {
            throw new SelectorFormatException($"'{text}' is no regular expression: {e.Message}");
        }

        if (text.AsSpan().IndexOfAny('*', '?') < 0)
            return new NameSelector(text, null);
        var glob = Regex.Escape(text).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal);
        return new NameSelector(text, new Regex($"^{glob}$", RegexOptions.CultureInvariant | RegexOptions.Singleline, MatchLimit));
    }

    /// <summary>Whether it chooses this name.</summary>
    public bool Matches(string name) => _pattern?.IsMatch(name) ?? name == Text;

    public override string ToString() => Text;
}

/// <summary>What was to be selected is not there, or nothing at all was chosen.</summary>
public sealed class NothingSelectedException(string message) : Exception(message);

/// <summary>A selector or a mapping makes no sense.</summary>
public sealed class SelectorFormatException(string message) : Exception(message);
