using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaBackup.Host.Configuration;

/// <summary>How long something lasts, as people write it: <c>90s</c>, <c>45m</c>, <c>12h</c>, <c>30d</c>, <c>2w</c>, <c>1d12h</c>, or as .NET does, <c>30.00:00:00</c>.</summary>
public static partial class Age
{
    /// <summary>What it looks like, for error messages.</summary>
    public const string Form = "age such as 45m, 12h, 30d or 1d12h";

    /// <summary>Reads one; null if it is none, is negative, or is longer than a <see cref="TimeSpan"/>.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span))
            return span < TimeSpan.Zero ? null : span;
        if (!Parts().IsMatch(text))
            return null;
        var seconds = Part().Matches(text).Sum(part => decimal.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * UnitSeconds(part.Groups[2].Value[0]));
        return seconds <= (decimal)TimeSpan.MaxValue.TotalSeconds - 1 ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;
    }

    private static decimal UnitSeconds(char unit) => unit switch { 'w' => 604800, 'd' => 86400, 'h' => 3600, 'm' => 60, _ => 1 };

    [GeneratedRegex("^(?=.)([0-9]{1,12}w)?([0-9]{1,12}d)?([0-9]{1,12}h)?([0-9]{1,12}m)?([0-9]{1,12}s)?\\z")]
    private static partial Regex Parts();

    [GeneratedRegex("([0-9]+)([wdhms])")]
    private static partial Regex Part();
}
