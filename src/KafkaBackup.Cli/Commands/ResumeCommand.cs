using System.CommandLine;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>resume ID</c>: lets a suspended orchestration go on.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var access = new ControlAccess();
        var id = ControlAccess.Id();
        var reason = ControlAccess.Reason();
        var command = new Command("resume", "Let a suspended orchestration go on: at once on a service; under a state folder when the command that began it is run again") { id, reason };
        access.AddTo(command);
        command.SetAction((parsed, cancellation) => access.SteerAsync(
            parsed, control => control.ResumeAsync(parsed.GetRequiredValue(id), parsed.GetValue(reason), cancellation), cancellation));
        return command;
    }
}
