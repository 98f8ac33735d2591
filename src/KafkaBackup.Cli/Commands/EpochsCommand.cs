using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Http;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>epochs</c>: lists them.</summary>
internal static class EpochsCommand
{
    public static Command Create()
    {
        var repository = new RepositoryAccess();
        var json = CommonOptions.Json();
        var command = new Command("epochs", "List a repository's epochs") { json };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            Terminal.Print(await EpochViews.ListAsync(await repository.OpenAsync(parsed, cancellation), cancellation), parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(IReadOnlyList<EpochSummary> epochs) => Columns.Print(
        ["EPOCH", "SEALED", "TOPICS", "PARTITIONS", "GROUPS", "RECORDS", "BYTES", "GAPS"],
        epochs.Select(e => (IReadOnlyList<string>)
        [
            e.Epoch.ToString(), e.SealedAt.ToString("u"), Sizes.Count(e.Topics), Sizes.Count(e.Partitions), Sizes.Count(e.Groups),
            Sizes.Count(e.Records), Sizes.Bytes(e.Bytes), Sizes.Count(e.Gaps),
        ]));
}
