using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Durable;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>history ID</c>: the audit trail.</summary>
internal static class HistoryCommand
{
    public static Command Create()
    {
        var access = new HistoryAccess();
        var id = new Argument<string>("id") { Description = "The instance" };
        var json = CommonOptions.Json();
        var raw = new Option<bool>("--raw") { Description = "Print the recorded history as JSON, as an archive keeps it and a replay takes it; words by default" };
        var command = new Command("history", "Tell what an orchestration did, step by step: what was done once, and what was done again") { id, json, raw };
        access.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var histories = await access.OpenAsync(parsed, cancellation);
            if (parsed.GetValue(raw))
                Console.Out.WriteLine(await histories.RawHistoryAsync(parsed.GetRequiredValue(id), cancellation));
            else
                Terminal.Print(await histories.HistoryAsync(parsed.GetRequiredValue(id), cancellation), parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(IReadOnlyList<HistoryEntry> history)
    {
        foreach (var entry in history)
        {
            var took = entry.Seconds is { } seconds ? $", after {Durations.Tell(TimeSpan.FromSeconds(seconds))}" : "";
            var where = entry is { Host: { } host, Event: nameof(HistoryEventType.TaskStarted) } ? $" on {host}" : "";
            Console.Out.WriteLine($"{entry.Time:yyyy-MM-dd HH:mm:ss.fff}Z  {(entry.TaskId is { } task ? $"#{task}" : ""),-4} {entry.Text}{where}{took}");
        }
    }
}
