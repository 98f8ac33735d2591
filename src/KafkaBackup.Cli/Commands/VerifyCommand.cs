using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Errors;
using KafkaBackup.Repository.Verification;

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
        var json = CommonOptions.Json();
        var command = new Command("verify", "Check a repository: chain, files, checksums, batch CRCs, the offsets' continuity") { level, epoch, json };
        repository.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var store = repository.Store(parsed);
            var report = await new RepositoryVerifier(store).VerifyAsync(parsed.GetValue(level), parsed.GetValue(epoch), null, cancellation);
            Terminal.Print(report, parsed.GetValue(json), Tell);
            return report.IsSound
                ? (int)ExitCode.Done
                : Terminal.Fail(ExitCode.DamageFound, $"damage found: {string.Join("; ", report.Findings.Take(MostNamed).Select(f => $"{f.Object}: {f.Problem}"))}{More(report.Findings.Count)}");
        });
        return command;
    }

    private static string More(int findings) => findings > MostNamed ? $"; and {findings - MostNamed} more, which standard output lists" : "";

    private static void Tell(VerificationReport report)
    {
        foreach (var finding in report.Findings)
        {
            var where = finding.Topic is null ? "" : $" {finding.Topic}-{finding.Partition} [{finding.From}, {finding.To})";
            Console.Out.WriteLine($"damage: epoch {finding.Epoch}{where}: {finding.Object}: {finding.Problem}");
        }

        Console.Out.WriteLine($"{(report.IsSound ? "sound" : $"{report.Findings.Count} findings")}: {report.Epochs} epochs, {report.Segments} segments, {Sizes.Bytes(report.Bytes)} ({report.Level.ToString().ToLowerInvariant()})");
    }
}
