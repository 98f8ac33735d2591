using System.CommandLine.Parsing;
using System.Globalization;

namespace KafkaBackup.Cli.Commands;

/// <summary>Reads a number of bytes: 1048576, 512K, 64M or 1G, in powers of 1024.</summary>
internal static class ByteSize
{
    public static long? Parse(ArgumentResult result) => Parse(result, least: 1);

    public static long? ParseOrZero(ArgumentResult result) => Parse(result, least: 0);

    private static long? Parse(ArgumentResult result, long least)
    {
        var text = result.Tokens[0].Value;
        var shift = char.ToUpperInvariant(text.LastOrDefault()) switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        if (long.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= long.MaxValue >> shift)
            return number << shift;
        result.AddError($"'{text}' is no number of bytes: give 1048576, 512K, 64M or 1G");
        return null;
    }
}
