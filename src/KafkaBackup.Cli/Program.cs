using System.CommandLine;
using KafkaBackup.Cli;
using KafkaBackup.Cli.Commands;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Errors;

var root = new RootCommand("Backs up Kafka topics, their configuration and the offsets of their consumer groups, and restores them so that every group goes on at the right record.")
{
    HostCommand.Create(),
    InitCommand.Create(),
    BackupCommand.Create(),
    RestoreCommand.Create(),
    EpochsCommand.Create(),
    EpochCommand.Create(),
    CatCommand.Create(),
    ExportCommand.Create(),
    VerifyCommand.Create(),
    PruneCommand.Create(),
    MergeCommand.Create(),
    KeyCommand.Create(),
    InstancesCommand.Create(),
    ShowCommand.Create(),
    HistoryCommand.Create(),
    SuspendCommand.Create(),
    ResumeCommand.Create(),
    TerminateCommand.Create(),
    PurgeCommand.Create(),
    BrokerCommand.Create(),
};

using var stop = new StopSignals();
try
{
    var parsed = root.Parse(args);
    if (parsed.Errors.Count > 0)
        return Terminal.Fail(ExitCode.WrongUsage, UsageError.Describe(parsed));
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    return Terminal.Fail(ExitCode.Cancelled, "stopped; the same command goes on where this one was");
}
catch (OrchestrationFailedException e)
{
    return Terminal.Fail(e.Report.Exit, $"{e.Report.Detail} ('kafka-backup history {e.InstanceId}' tells how it came to that)");
}
catch (ServiceException e)
{
    return Terminal.Fail(e.Exit, e.Message);
}
catch (Exception e)
{
    var error = ErrorTable.Of(e);
    return Terminal.Fail(error.Exit, error.Exit == ExitCode.Failed && error.Title == "Failed" ? $"{e.GetType().Name}: {error.Detail}" : error.Detail);
}
