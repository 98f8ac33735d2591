using System.CommandLine;
using System.Text.Json;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Errors;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>restore</c>: a restore, or its plan.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var run = new RunOptions();
        var epoch = CommonOptions.Epoch("The epoch's number; the latest one where left out");
        var asOf = CommonOptions.Time("--as-of", "The latest epoch that was sealed at or before this time (UTC where no zone is given); the latest of all where left out");
        var topics = CommonOptions.Selectors("--topics", "Topics, by their names in the backup: names, globs (* and ?) or ~REGEX, separated by commas; all where left out");
        var map = CommonOptions.Map("OLD=NEW: another name at the target, literal or with one * on each side; may be repeated; the same names where left out");
        var groups = CommonOptions.Selectors("--groups", "Consumer groups, in the same words as topics; all where left out");
        var noOffsets = new Option<bool>("--no-offsets") { Description = "Leave consumer groups alone; they are restored by default" };
        var acls = CommonOptions.Acls("The epoch's access control entries to create at the target: none, matching (those that hold for what is restored) or all; none where left out, since they grant rights", AclScope.None);
        var without = CommonOptions.Names("--without-settings", "Settings of topics to leave out, by name, separated by commas: those that the target does not know or allow; none where left out");
        var dryRun = new Option<bool>("--dry-run") { Description = "Plan only, and write nothing; off by default" };
        var force = new Option<bool>("--force") { Description = "Append to target topics that hold records already; refused by default" };
        var limit = CommonOptions.Bytes("--rate-limit", "The most that is written, in bytes a second: 1048576, 512K, 64M; no limit where left out");
        var command = new Command("restore", "Restore an epoch, or show what that would do. Run again after a crash, it goes on where it was.")
        {
            epoch, asOf, topics, map, groups, noOffsets, acls, without, dryRun, force, limit,
        };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(epoch) is not null && result.GetResult(asOf) is not null)
                result.AddError("--epoch and --as-of say the same thing in two ways: give one of them");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new RestoreRequest
            {
                Cluster = parsed.GetRequiredValue(run.Cluster),
                Repository = run.RepositoryName(parsed),
                Epoch = parsed.GetValue(epoch),
                AsOf = parsed.GetValue(asOf),
                Topics = parsed.GetValue(topics)!,
                Map = parsed.GetValue(map)!,
                Groups = parsed.GetValue(groups)!,
                NoOffsets = parsed.GetValue(noOffsets),
                Acls = parsed.GetValue(acls),
                WithoutSettings = parsed.GetValue(without)!,
                DryRun = parsed.GetValue(dryRun),
                Force = parsed.GetValue(force),
                RateLimit = parsed.GetValue(limit),
            };
            var ended = await run.RunAsync(parsed, Kinds.Restore, request, cancellation);
            var report = ended.Output!.Value.Deserialize<RestoreReport>(JsonSerializerOptions.Web)!;
            Terminal.Print(report, parsed.GetValue(run.Json), Tell);
            if (report.Violations.Count > 0)
                return Terminal.Fail(ExitCode.Refused, $"refused, nothing was written: {string.Join("; ", report.Violations)}");
            Terminal.Warn(report.Warnings);
            return RunOptions.ExitOf(report.Warnings);
        });
        return command;
    }

    private static void Tell(RestoreReport report)
    {
        if (report.Violations.Count > 0)
            return;
        var verb = report.DryRun ? "would restore" : "restored";
        Console.Out.WriteLine($"{verb} epoch {report.Epoch}: {string.Join(", ", report.Topics)}; {report.Partitions} partitions{(report.DryRun ? "" : $", {Sizes.Count(report.Records)} records")}; groups: {(report.Groups.Count == 0 ? "none" : string.Join(", ", report.Groups))}");
        foreach (var offset in report.Offsets)
            Console.Out.WriteLine($"  {offset.Group}: {offset.Topic}-{offset.Partition} {offset.SourceOffset} -> {offset.TargetOffset} ({offset.Rule}{(offset.Moving ? ", moving" : "")})");
        foreach (var acl in report.Acls)
            Console.Out.WriteLine($"  access control: {acl}");
        if (report.CreatedAcls is { } created)
            Console.Out.WriteLine($"access control entries: {created} created, {report.FoundAcls} there already");
        foreach (var line in report.Quotas is { } quotas ? QuotaLines.Of(quotas) : [])
            Console.Out.WriteLine($"  {line}");
        if (report.Throttling is { } throttling)
            Console.Out.WriteLine(QuotaLines.Of(throttling));
        foreach (var note in report.Notes)
            Console.Out.WriteLine($"note: {note}");
        if (!report.DryRun)
            Console.Out.WriteLine($"report: restores/{report.RestoreId}/report.json in the repository");
    }
}
