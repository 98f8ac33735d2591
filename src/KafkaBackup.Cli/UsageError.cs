using System.CommandLine;
using KafkaBackup.Host.Configuration;

namespace KafkaBackup.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class UsageError
{
    public static string Describe(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = NameOf(command);
        var unknown = parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-')) ?? parsed.UnmatchedTokens.FirstOrDefault();
        if (unknown is null)
            return $"{string.Join("; ", parsed.Errors.Select(e => e.Message.TrimEnd('.')).Distinct())} ('{name} --help' tells more)";
        var (what, known) = unknown.StartsWith('-') ? ("option", command.Options.Where(o => !o.Hidden).Select(o => o.Name))
            : command.Subcommands.Count > 0 ? ("command", command.Subcommands.Select(c => c.Name))
            : ("argument", []);
        var nearest = Nearest.To(unknown, known);
        return $"unknown {what} '{unknown}'{(nearest.Length > 0 ? $"; did you mean '{nearest}'?" : "")} ('{name} --help' lists what there is)";
    }

    /// <summary>The command as it is called, such as "kafka-backup key add".</summary>
    private static string NameOf(Command command) =>
        command is RootCommand ? "kafka-backup" : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? NameOf(parent) : "kafka-backup")} {command.Name}";
}
