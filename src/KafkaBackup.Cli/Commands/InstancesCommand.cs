using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>instances</c>: lists orchestrations.</summary>
internal static class InstancesCommand
{
    public static Command Create()
    {
        var access = new HistoryAccess();
        var json = CommonOptions.Json();
        var command = new Command("instances", "List orchestrations, the newest first") { json };
        access.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var histories = await access.OpenAsync(parsed, cancellation);
            Terminal.Print(await histories.ListAsync(cancellation), parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(IReadOnlyList<InstanceView> instances) => Columns.Print(
        ["INSTANCE", "KIND", "STATUS", "CREATED", "UPDATED", "DOING"],
        instances.Select(i => (IReadOnlyList<string>)
            [i.InstanceId, i.Name, i.RuntimeStatus, i.CreatedTime.ToString("u"), i.LastUpdatedTime.ToString("u"), i.Error ?? i.CustomStatus?.ToString() ?? ""]));
}
