using System.CommandLine;
using System.Text.Json;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Workflows.Retention;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>prune</c>: removes epochs by rules, and what no epoch needs then.</summary>
internal static class PruneCommand
{
    public static Command Create()
    {
        var run = new RunOptions(withCluster: false);
        var last = CommonOptions.Count("--keep-last", "Keep the newest so many epochs; no such rule where left out");
        var hourly = CommonOptions.Count("--keep-hourly", "Keep the last epoch of each of the newest so many hours that have one; no such rule where left out");
        var daily = CommonOptions.Count("--keep-daily", "The same for days (UTC); no such rule where left out");
        var weekly = CommonOptions.Count("--keep-weekly", "The same for ISO weeks; no such rule where left out");
        var monthly = CommonOptions.Count("--keep-monthly", "The same for months; no such rule where left out");
        var within = CommonOptions.Age("--keep-within", "Keep all that are no older than this before the newest, such as 12h or 30d; no such rule where left out");
        var size = CommonOptions.Bytes("--max-size", "Of what the other rules keep, remove the oldest while segments take more than so many bytes: 1048576, 512K, 64M, 1G; no limit where left out");
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be removed, and remove nothing; off by default" };
        var command = new Command("prune", "Remove epochs that no rule keeps, and the data that no epoch needs then. The newest epoch always stays. Run again after a crash, it goes on where it was.")
        {
            last, hourly, daily, weekly, monthly, within, size, dryRun,
        };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            if (((Option[])[last, hourly, daily, weekly, monthly, within, size]).All(option => result.GetResult(option) is null))
                result.AddError("no rule says what to keep: give at least one of --keep-last, --keep-hourly, --keep-daily, --keep-weekly, --keep-monthly, --keep-within and --max-size");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new PruneRequest
            {
                Repository = run.RepositoryName(parsed),
                Policy = new RetentionPolicy
                {
                    KeepLast = parsed.GetValue(last),
                    KeepHourly = parsed.GetValue(hourly),
                    KeepDaily = parsed.GetValue(daily),
                    KeepWeekly = parsed.GetValue(weekly),
                    KeepMonthly = parsed.GetValue(monthly),
                    KeepWithin = parsed.GetValue(within),
                    MaxBytes = parsed.GetValue(size),
                },
                DryRun = parsed.GetValue(dryRun),
            };
            var ended = await run.RunAsync(parsed, Kinds.Prune, request, cancellation);
            var report = ended.Output!.Value.Deserialize<PruneReport>(JsonSerializerOptions.Web)!;
            Terminal.Print(report, parsed.GetValue(run.Json), Tell);
            Terminal.Warn(report.Warnings);
            return RunOptions.ExitOf(report.Warnings);
        });
        return command;
    }

    private static void Tell(PruneReport report)
    {
        Columns.Print(
            ["EPOCH", "SEALED", "KEPT BY"],
            report.Kept.Select(k => (k.Epoch, k.SealedAt, Why: string.Join(", ", k.Reasons)))
                .Concat(report.Removed.Select(r => (r.Epoch, r.SealedAt, Why: report.DryRun ? "- (would be removed)" : "- (removed)")))
                .OrderBy(e => e.Epoch)
                .Select(e => (IReadOnlyList<string>)[e.Epoch.ToString(), e.SealedAt.ToString("u"), e.Why]));
        var orphans = report.Orphans > 0 ? $"; {Sizes.Count(report.Orphans)} objects of runs that never came to their epoch" : "";
        Console.Out.WriteLine(
            $"{(report.DryRun ? "would remove" : "removed")} {report.Removed.Count} epochs, {Sizes.Count(report.Objects)} objects, {Sizes.Bytes(report.Bytes)}{orphans}; {report.Kept.Count} epochs and {Sizes.Bytes(report.BytesKept)} stay");
        if (report.Waiting.Count > 0)
            Console.Out.WriteLine($"left alone: what {report.Waiting.Count} runs wrote that have no epoch yet ({string.Join(", ", report.Waiting)})");
    }
}
