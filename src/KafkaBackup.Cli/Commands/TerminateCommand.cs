using System.CommandLine;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>terminate ID</c>: ends an orchestration now.</summary>
internal static class TerminateCommand
{
    public static Command Create()
    {
        var access = new ControlAccess();
        var id = ControlAccess.Id();
        var reason = ControlAccess.Reason();
        var recursive = new Option<bool>("--recursive") { Description = "End the orchestrations that it waits for too; they go on by default" };
        var command = new Command("terminate", "End an orchestration now, for good. The command that began it starts a new one when it is run again") { id, reason, recursive };
        access.AddTo(command);
        command.SetAction((parsed, cancellation) => access.SteerAsync(
            parsed, control => control.TerminateAsync(parsed.GetRequiredValue(id), parsed.GetValue(reason), parsed.GetValue(recursive), cancellation), cancellation));
        return command;
    }
}
