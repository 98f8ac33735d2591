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
        var top = CommonOptions.Top("How many at most; all by default");
        var status = CommonOptions.Statuses($"Those that stand so: {string.Join(", ", InstanceStatuses.All)}, separated by commas; all by default", InstanceStatuses.All);
        var since = CommonOptions.Since("Those asked for since then: a time, or how long ago, such as 12h or 30d; all by default");
        var command = new Command("instances", "List orchestrations, the newest first") { top, status, since, json };
        access.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var histories = await access.OpenAsync(parsed, cancellation);
            Terminal.Print(await histories.ListAsync(new InstanceListing(parsed.GetValue(top), parsed.GetValue(status)!, parsed.GetValue(since)), cancellation), parsed.GetValue(json), Tell);
            return 0;
        });
        return command;
    }

    private static void Tell(IReadOnlyList<InstanceView> instances) => Columns.Print(
        ["INSTANCE", "KIND", "STATUS", "CREATED", "UPDATED", "DOING"],
        instances.Select(i => (IReadOnlyList<string>)
            [i.InstanceId, i.Name, i.IsParked == true ? $"{i.RuntimeStatus}, parked" : i.RuntimeStatus, i.CreatedTime.ToString("u"), i.LastUpdatedTime.ToString("u"), i.Error ?? i.CustomStatus?.ToString() ?? ""]));
}
