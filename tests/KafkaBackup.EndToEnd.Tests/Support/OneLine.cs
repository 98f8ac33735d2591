using System.Text.RegularExpressions;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>An error as the command line tells it: one line, behind nothing but the lines that a command of more than some seconds tells its progress with.</summary>
internal static partial class OneLine
{
    public static void Assert(CliResult result, int exit, string what, string remedy)
    {
        var lines = result.Errors.TrimEnd().Split('\n').SkipWhile(line => Progress().IsMatch(line)).ToList();
        Xunit.Assert.True(result.Exit == exit, $"exit {result.Exit}: {result.Errors}");
        Xunit.Assert.True(lines.Count == 1 && lines[0].StartsWith("kafka-backup: ", StringComparison.Ordinal), result.Errors);
        Xunit.Assert.Contains(what, lines[0], StringComparison.Ordinal);
        Xunit.Assert.Contains(remedy, lines[0], StringComparison.Ordinal);
    }

    [GeneratedRegex("^(Pending|Running|planning|choosing topics|fixing the cut|capturing consumer groups( again)?|creating topics|removing (epochs|data)|(writing (segments|records)|verifying epochs?[0-9a-z ]*)(: .*)?)\r?$")]
    private static partial Regex Progress();
}
