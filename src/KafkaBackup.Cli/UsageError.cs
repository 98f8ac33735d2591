using System.CommandLine;
using KafkaBackup.Host.Configuration;

namespace KafkaBackup.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class UsageError
{
    public static string Describe(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = command is RootCommand ? "kafka-backup" : $"kafka-backup {command.Name}";
        var unknown = parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-')) ?? parsed.UnmatchedTokens.FirstOrDefault();
        if (unknown is null)
            return $"{string.Join("; ", parsed.Errors.Select(e => e.Message.TrimEnd('.')).Distinct())} ('{name} --help' tells more)";
        var (what, known) = unknown.StartsWith('-') ? ("option", command.Options.Where(o => !o.Hidden).Select(o => o.Name))
            : command.Subcommands.Count > 0 ? ("command", command.Subcommands.Select(c => c.Name))
            : ("argument", []);
        var nearest = Nearest.To(unknown, known);
        return $"unknown {what} '{unknown}'{(nearest.Length > 0 ? $"; did you mean '{nearest}'?" : "")} ('{name} --help' lists what there is)";
    }
}
