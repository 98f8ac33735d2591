using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Http;
using KafkaBackup.Workflows.Restore;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>epoch E</c>: shows one.</summary>
internal static class EpochCommand
{
    public static Command Create()
    {
        var repository = new RepositoryAccess();
        var number = CommonOptions.EpochArgument();
        var json = CommonOptions.Json();
        var command = new Command("epoch", "Show an epoch: what it adds, partition by partition, and the groups' offsets") { number, json };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var opened = await repository.OpenAsync(parsed, cancellation);
            var epoch = await EpochSelection.FindAsync(opened, parsed.GetValue(number), null, cancellation);
            Terminal.Print(EpochView.Of(epoch), parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(EpochView epoch)
    {
        Console.Out.WriteLine($"epoch {epoch.Epoch}, core {epoch.CoreHash}");
        Console.Out.WriteLine($"sealed {epoch.Run.SealedAt:u}, cut {epoch.Run.CutAt:u}, by {epoch.Run.Instance} on {epoch.Run.Host} ({epoch.Run.Program})");
        Columns.Print(
            ["PARTITION", "LOG START", "FROM", "TO", "RECORDS", "BYTES", "DIGEST"],
            epoch.Core.Topics.SelectMany(t => t.Partitions.Select(p => (IReadOnlyList<string>)
            [
                $"{t.Name}-{p.Partition}", p.LogStart.ToString(), p.From.ToString(), p.To.ToString(), Sizes.Count(p.Records), Sizes.Bytes(p.Bytes), p.Digest?[..12] ?? "-",
            ])));
        foreach (var gap in epoch.Core.Topics.SelectMany(t => t.Gaps.Select(g => $"gap: {t.Name}-{g.Partition} [{g.From}, {g.To}) {g.Reason}")))
            Console.Out.WriteLine(gap);
        if (epoch.Core.Acls is { Count: > 0 } acls)
        {
            Columns.Print(
                ["RESOURCE", "NAME", "PATTERN", "PRINCIPAL", "HOST", "OPERATION", "PERMISSION"],
                acls.Select(a => (IReadOnlyList<string>)[a.ResourceType, a.Resource, a.Pattern, a.Principal, a.Host, a.Operation, a.Permission]));
        }

        if (epoch.Core.Groups.Count == 0)
            return;
        Columns.Print(
            ["GROUP", "PARTITION", "OFFSET", "STATE"],
            epoch.Core.Groups.SelectMany(g => g.Offsets.Select(o => (IReadOnlyList<string>)
                [g.Group, $"{o.Topic}-{o.Partition}", o.Offset.ToString(), o.State.ToString().ToLowerInvariant()])));
    }
}
