using System.CommandLine;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>suspend ID</c>: halts an orchestration.</summary>
internal static class SuspendCommand
{
    public static Command Create()
    {
        var access = new ControlAccess();
        var id = ControlAccess.Id();
        var reason = ControlAccess.Reason();
        var command = new Command("suspend", "Halt an orchestration. What its activities are at goes on; nothing new is begun until it is resumed") { id, reason };
        access.AddTo(command);
        command.SetAction((parsed, cancellation) => access.SteerAsync(
            parsed, control => control.SuspendAsync(parsed.GetRequiredValue(id), parsed.GetValue(reason), cancellation), cancellation));
        return command;
    }
}
