using System.CommandLine;
using System.Globalization;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Errors;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>verify</c>: checks a repository.</summary>
internal static class VerifyCommand
{
    private const int MostNamed = 3;

    public static Command Create()
    {
        var repository = new RepositoryAccess();
        var level = new Option<VerificationLevel>("--level")
        {
            Description = "quick: the chain, the lists, what is there and how long; full: every byte as well; the default is quick",
            DefaultValueFactory = _ => VerificationLevel.Quick,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (text is not ("quick" or "full"))
                    result.AddError($"'{text}' is no level: give quick or full");
                return text == "full" ? VerificationLevel.Full : VerificationLevel.Quick;
            },
        };
        var epoch = CommonOptions.Epoch("An epoch, and everything that it needs; all where left out");
        var topics = CommonOptions.Selectors("--topics", "Topics whose data is looked at: names, globs (* and ?) or ~REGEX, separated by commas; all where left out. The chain is always verified");
        var subset = new Option<decimal?>("--subset")
        {
            Description = "With --level full: read every byte of a share of the segments only, such as 5%, another one each day (UTC), so that all are read in turn; all at once where left out",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (text.EndsWith('%') && decimal.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100)
                    return percent;
                result.AddError($"'{text}' is no share: give more than 0% and up to 100%, such as 5%");
                return null;
            },
        };
        var ordinal = new Option<long?>("--subset-ordinal")
        {
            Description = "Which run it is, where verifications are not daily: successive numbers read every share in turn; the number of the day where left out",
            CustomParser = result =>
            {
                if (long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    return number;
                result.AddError($"'{result.Tokens[0].Value}' is no number for --subset-ordinal: give 0 or more");
                return null;
            },
        };
        var parallel = CommonOptions.Count("--parallel", "How many partitions or packs are looked at side by side, with 1 MiB of memory each or more for larger batches; the default is the number of processors, 2 at least");
        parallel.DefaultValueFactory = _ => Math.Max(RepositoryVerifier.UsuallyParallel, Environment.ProcessorCount);
        var json = CommonOptions.Json();
        var command = new Command("verify", "Check a repository: chain, files, checksums, batch CRCs, the offsets' continuity") { level, epoch, topics, subset, ordinal, parallel, json };
        repository.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(subset) is not null && result.GetValue(level) != VerificationLevel.Full)
                result.AddError("--subset is for --level full: at the quick level no segment is read");
            if (result.GetResult(ordinal) is not null && result.GetResult(subset) is null)
                result.AddError("--subset-ordinal says which share --subset means: give both");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            var store = repository.Store(parsed);
            var selectors = parsed.GetValue(topics)!.Select(NameSelector.Parse).ToList();
            var isAnySelected = selectors.Count == 0;
            bool IsSelected(string name)
            {
                var isSelected = selectors.Exists(selector => selector.Matches(name));
                isAnySelected |= isSelected;
                return isSelected;
            }

            var selection = new VerificationSelection
            {
                Epoch = parsed.GetValue(epoch),
                Topics = selectors.Count == 0 ? null : IsSelected,
                Subset = parsed.GetValue(subset) is { } percent
                    ? new VerificationSubset(VerificationSubset.PartsFor(percent), parsed.GetValue(ordinal) ?? TimeProvider.System.GetUtcNow().Ticks / TimeSpan.TicksPerDay)
                    : null,
            };
            var verifier = new RepositoryVerifier(store, parsed.GetValue(parallel)!.Value);
            var report = await ProgressScreen.OnError(TimeProvider.System).RunAsync(show =>
                verifier.VerifyAsync(parsed.GetValue(level), selection, new Shown(p => show(Told(p))), cancellation));
            if (!isAnySelected)
                throw new NothingSelectedException("no topic of the repository is chosen; check --topics");
            Terminal.Print(report, parsed.GetValue(json), Tell);
            return report.IsSound
                ? (int)ExitCode.Done
                : Terminal.Fail(ExitCode.DamageFound, $"damage found: {string.Join("; ", report.Findings.Take(MostNamed).Select(f => $"{f.Object}: {f.Problem}"))}{More(report.Findings.Count)}");
        });
        return command;
    }

    /// <summary>How far it is: by bytes where they are read, by epochs where they are not.</summary>
    internal static Reached Told(VerificationProgress progress) => progress.Bytes > 0 || progress.BytesToDo > progress.BytesDone
        ? new Reached($"verifying epoch {progress.Epoch} of {progress.LastEpoch}", progress.BytesDone, progress.BytesToDo, Sizes.Bytes, progress.Bytes)
        : new Reached("verifying epochs", progress.Epoch, progress.LastEpoch, Sizes.Count, null);

    private static string More(int findings) => findings > MostNamed ? $"; and {findings - MostNamed} more, which standard output lists" : "";

    private static void Tell(VerificationReport report)
    {
        foreach (var finding in report.Findings)
        {
            var where = finding.Topic is null ? "" : $" {finding.Topic}-{finding.Partition} [{finding.From}, {finding.To})";
            Console.Out.WriteLine($"damage: epoch {finding.Epoch}{where}: {finding.Object}: {finding.Problem}{(finding.Remedy is { } remedy ? $". What to do: {remedy}" : "")}");
        }

        foreach (var epoch in report.Restorable)
        {
            Console.Out.WriteLine($"epoch {epoch.Epoch}: {(!epoch.IsReadable ? "nothing can be restored" : epoch.Lost.Count == 0 ? "all can be restored" : $"all can be restored but {string.Join(", ", epoch.Lost)}")}");
        }

        Console.Out.WriteLine($"{(report.IsSound ? "sound" : $"{report.Findings.Count} findings")}: {report.Epochs} epochs, {report.Segments} segments, {Sizes.Bytes(report.Bytes)} ({report.Level.ToString().ToLowerInvariant()})");
    }

    private sealed class Shown(Action<VerificationProgress> show) : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) => show(value);
    }
}
