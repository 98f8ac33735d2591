using System.CommandLine;
using System.Text.Json;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Errors;
using KafkaBackup.Workflows.Merging;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>merge</c>: makes large segments of the small ones of many epochs.</summary>
internal static class MergeCommand
{
    private const int MostNamed = 3;

    public static Command Create()
    {
        var run = new RunOptions(withCluster: false);
        var topics = CommonOptions.Selectors("--topics", "Topics: names, globs (* and ?) or ~REGEX, separated by commas; all where left out");
        var segment = CommonOptions.Bytes("--segment-bytes", "Where a new segment begins, in bytes up to 2147483647: 1048576, 512K, 64M, 1G; segments of half of it are left as they are; the default is 1G");
        var least = CommonOptions.Count("--least-segments", "The fewest neighbouring segments of a partition that are merged, 2 at least; the default is 4");
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be merged, and write nothing; off by default" };
        var command = new Command(
            "merge", "Make large segments of the small segments and packs of many epochs. Every epoch stays what it is; prune removes what was replaced, once there is a newer epoch. Run again after a crash, it goes on where it was.")
        {
            topics, segment, least, dryRun,
        };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(segment) > int.MaxValue)
                result.AddError($"a segment has {int.MaxValue} bytes at most: give --segment-bytes so much or less");
            if (result.GetValue(least) < 2)
                result.AddError("one segment alone can't be merged: give --least-segments 2 or more");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            var request = new MergeRequest
            {
                Repository = run.RepositoryName(parsed),
                Topics = parsed.GetValue(topics)!,
                SegmentBytes = parsed.GetValue(segment),
                LeastSegments = parsed.GetValue(least),
                DryRun = parsed.GetValue(dryRun),
            };
            var ended = await run.RunAsync(parsed, Kinds.Merge, request, cancellation);
            var report = ended.Output!.Value.Deserialize<MergeReport>(JsonSerializerOptions.Web)!;
            Terminal.Print(report, parsed.GetValue(run.Json), Tell);
            return report.Damages.Count == 0
                ? (int)ExitCode.Done
                : Terminal.Fail(
                    ExitCode.DamageFound,
                    $"damage found, and what it concerns left as it is ('verify --level full' tells what it means): {string.Join("; ", report.Damages.Take(MostNamed).Select(d => $"{d.Topic}-{d.Partition} [{d.From}, {d.To}): {d.Object}: {d.Problem}"))}{(report.Damages.Count > MostNamed ? $"; and {report.Damages.Count - MostNamed} more" : "")}");
        });
        return command;
    }

    private static void Tell(MergeReport report)
    {
        if (report.Topics.Count == 0)
        {
            Console.Out.WriteLine(report.Damages.Count == 0 ? "nothing to merge: no partition has enough small segments side by side" : "nothing was merged");
            return;
        }

        Columns.Print(
            ["TOPIC", "SEGMENTS", report.DryRun ? "WOULD BECOME" : "BECAME", "BYTES"],
            report.Topics.Select(t => (IReadOnlyList<string>)[t.Topic, Sizes.Count(t.Segments), Sizes.Count(t.Became), Sizes.Bytes(t.Bytes)]));
        var (segments, became, bytes) = (report.Topics.Sum(t => t.Segments), report.Topics.Sum(t => t.Became), report.Topics.Sum(t => t.Bytes));
        Console.Out.WriteLine(report.DryRun
            ? $"would merge {Sizes.Count(segments)} segments, {Sizes.Bytes(bytes)}, into about {Sizes.Count(became)}: about {Sizes.Count(report.NewObjects)} objects in the place of {Sizes.Count(report.Objects)}"
            : $"merge {report.Number}: {Sizes.Count(segments)} segments, {Sizes.Bytes(bytes)}, became {Sizes.Count(became)}: {Sizes.Count(report.NewObjects)} objects in the place of {Sizes.Count(report.Objects)}, which prune removes once there is an epoch after {report.Epoch}");
    }
}
