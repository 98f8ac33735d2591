using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>purge</c>: deletes orchestrations that are over, with their histories.</summary>
internal static class PurgeCommand
{
    public static Command Create()
    {
        var access = new ControlAccess();
        var id = new Argument<string?>("id") { Description = "The instance; leave it out with --older-than", Arity = ArgumentArity.ZeroOrOne };
        var olderThan = CommonOptions.Age("--older-than", "All that have been over for so long, such as 12h, 30d or 1d12h; one instance by default");
        var status = CommonOptions.Statuses("Of these, those that ended so: Completed, Failed, Terminated, separated by commas; all by default", InstanceStatuses.Over);
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say which; they are deleted by default" };
        var command = new Command("purge", "Delete orchestrations that are over, with their histories. What they did, such as an epoch, stays") { id, olderThan, status, dryRun };
        access.AddTo(command);
        command.Validators.Add(result =>
        {
            if ((result.GetValue(id) is null) == (result.GetResult(olderThan) is null))
                result.AddError("give an instance, or --older-than, one of the two");
            else if (result.GetValue(id) is not null && (result.GetResult(status) is not null || result.GetResult(dryRun) is not null))
                result.AddError("--status and --dry-run go with --older-than, not with an instance");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var session = await access.OpenAsync(parsed, cancellation);
            var report = parsed.GetValue(id) is { } one
                ? await session.Control.PurgeAsync(one, cancellation)
                : await session.Control.PurgeAsync(new PurgeRequest(parsed.GetValue(olderThan)!.Value, parsed.GetValue(status)!, parsed.GetValue(dryRun)), cancellation);
            Terminal.Print(report, parsed.GetValue(access.Json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(PurgeReport report)
    {
        foreach (var instance in report.Instances)
            Console.Out.WriteLine(instance);
        Console.Out.WriteLine($"{report.Instances.Count} {(report.DryRun ? "would be purged" : "purged")}");
    }
}
