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
        var unknown = parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-'));
        if (unknown is not null)
        {
            var nearest = Nearest.To(unknown, command.Options.Select(o => o.Name));
            return $"unknown option '{unknown}'{(nearest.Length > 0 ? $"; did you mean '{nearest}'?" : "")} ('{name} --help' lists what there is)";
        }

        return $"{string.Join("; ", parsed.Errors.Select(e => e.Message.TrimEnd('.')).Distinct())} ('{name} --help' tells more)";
    }
}
