using System.CommandLine;
using System.Text.Json;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host.Http;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>show ID</c>: shows an orchestration.</summary>
internal static class ShowCommand
{
    private static readonly JsonSerializerOptions Indented = new(HttpJson.Options) { WriteIndented = true };

    public static Command Create()
    {
        var access = new HistoryAccess();
        var id = new Argument<string>("id") { Description = "The instance" };
        var json = CommonOptions.Json();
        var command = new Command("show", "Show an orchestration: how it stands, what was asked, what it came to") { id, json };
        access.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var histories = await access.OpenAsync(parsed, cancellation);
            Terminal.Print(await histories.ShowAsync(parsed.GetRequiredValue(id), cancellation), parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(InstanceView instance)
    {
        Console.Out.WriteLine($"{instance.InstanceId}: {instance.Name}, {instance.RuntimeStatus}{(instance.IsParked == true ? ", parked" : "")}{(instance.CustomStatus is { } doing ? $" ({doing})" : "")}");
        Console.Out.WriteLine($"created {instance.CreatedTime:u}{(instance.RequestedBy is { } who ? $" by {who}" : "")}, updated {instance.LastUpdatedTime:u}");
        foreach (var progress in instance.Progress ?? [])
            Console.Out.WriteLine($"  {progress.Activity} attempt {progress.Attempt} on {progress.Host}: {progress.State}");
        foreach (var (what, text) in new[] { ("error", instance.Error), ("trouble", instance.Trouble), ("remedy", instance.Remedy) })
        {
            if (text is not null)
                Console.Out.WriteLine($"{what}: {text}");
        }

        Print("input", instance.Input);
        Print("output", instance.Output);
    }

    private static void Print(string what, JsonElement? value)
    {
        if (value is { } present)
            Console.Out.WriteLine($"{what}: {JsonSerializer.Serialize(present, Indented)}");
    }
}
