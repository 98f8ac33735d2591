using System.CommandLine;
using System.Text.Json;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>backup</c>: one epoch, now.</summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var run = new RunOptions();
        var topics = CommonOptions.Selectors("--topics", "Topics: names, globs (* and ?) or ~REGEX, separated by commas; all but internal ones where left out");
        var exclude = CommonOptions.Selectors("--exclude", "Topics to leave out, in the same words; none where left out");
        var groups = CommonOptions.Selectors("--groups", "Consumer groups, in the same words; all where left out");
        var acls = CommonOptions.Acls("Access control entries: none, matching (those that hold for the topics and groups of the epoch) or all; matching where left out", AclScope.Matching);
        var segment = CommonOptions.Bytes("--segment-bytes", "Where a new segment begins, in bytes: 1048576, 512K, 64M, 1G; the default is 1G");
        var packed = CommonOptions.BytesOrNone("--packed-segment-bytes", "Segments of so many bytes at most share objects (packs); 0: each is a Kafka log folder's file of its own; the default is 2M");
        var pack = CommonOptions.Bytes("--pack-bytes", "Where a new pack begins, in bytes; the default is 32M");
        var limit = CommonOptions.Bytes("--rate-limit", "The most that is read, in bytes a second: 1048576, 512K, 64M; no limit where left out");
        var command = new Command("backup", "Make one epoch now, and print its number. Run again after a crash, it goes on where it was.")
        {
            topics, exclude, groups, acls, segment, packed, pack, limit,
        };
        run.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new BackupRequest
            {
                Cluster = parsed.GetRequiredValue(run.Cluster),
                Repository = run.RepositoryName(parsed),
                Topics = parsed.GetValue(topics)!,
                Exclude = parsed.GetValue(exclude)!,
                Groups = parsed.GetValue(groups)!,
                Acls = parsed.GetValue(acls),
                SegmentBytes = parsed.GetValue(segment),
                PackedSegmentBytes = parsed.GetValue(packed),
                PackBytes = parsed.GetValue(pack),
                RateLimit = parsed.GetValue(limit),
            };
            var ended = await run.RunAsync(parsed, Kinds.Backup, request, cancellation);
            var report = ended.Output!.Value.Deserialize<BackupReport>(JsonSerializerOptions.Web)!;
            Terminal.Print(report, parsed.GetValue(run.Json), Tell);
            Terminal.Warn(report.Warnings);
            return RunOptions.ExitOf(report.Warnings);
        });
        return command;
    }

    private static void Tell(BackupReport report)
    {
        Console.Out.WriteLine(
            $"epoch {report.Epoch}: {Sizes.Count(report.Records)} records, {Sizes.Bytes(report.Bytes)} in {report.Segments} segments; {report.Topics} topics, {report.Partitions} partitions, {report.Groups} groups{(report.Acls is { } acls ? $", {acls} access control entries" : "")}; core {report.Core[..12]}");
        if (report.Throttling is { } throttling)
            Console.Out.WriteLine(QuotaLines.Of(throttling));
    }
}
