using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Repository.Exporting;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>export</c>: an epoch as a broker's data folder.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var repository = new RepositoryAccess();
        var to = new Option<string>("--to") { Description = "The folder to export to: empty, or not there yet", Required = true };
        var epoch = CommonOptions.Epoch("The epoch's number; the latest one where left out");
        var topics = CommonOptions.Selectors("--topics", "Topics, by their names in the backup: names, globs (* and ?) or ~REGEX, separated by commas; all where left out");
        var json = CommonOptions.Json();
        var command = new Command("export", "Export an epoch as a broker's data folder: Kafka's own files, whatever the repository's packing or encryption") { to, epoch, topics, json };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var opened = await repository.OpenAsync(parsed, cancellation);
            var found = await EpochSelection.FindAsync(opened, parsed.GetValue(epoch), null, cancellation);
            var chosen = NameSelection.Choose("topic in this epoch", [.. found.Core.Topics.Select(t => t.Name)], parsed.GetValue(topics)!, []);
            if (chosen.Count == 0)
                throw new NothingSelectedException("no topic of this epoch is chosen; check --topics");
            var lines = new ProgressLines<ExportProgress>(
                parsed.GetValue(json), p => $"exporting: {p.Partitions} of {p.Of} partitions, {Sizes.Bytes(p.Bytes)}", TimeProvider.System);
            var report = await new FolderExport(opened, found).RunAsync(chosen, parsed.GetRequiredValue(to), lines, cancellation);
            Terminal.Print(report, parsed.GetValue(json), Tell);
            Terminal.Warn(report.Warnings);
            return RunOptions.ExitOf(report.Warnings);
        });
        return command;
    }

    private static void Tell(ExportReport report) => Console.Out.WriteLine(
        $"exported epoch {report.Epoch} to {report.Folder}: {report.Topics} topics, {report.Partitions} partitions, {Sizes.Count(report.Segments)} segments, {Sizes.Bytes(report.Bytes)}");
}
