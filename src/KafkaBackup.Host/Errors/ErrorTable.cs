using KafkaBackup.Durable;
using KafkaBackup.Durable.AzureStorage;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Repository;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Exporting;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Host.Errors;

/// <summary>How a command ended, for scripts.</summary>
public enum ExitCode
{
    Done = 0,
    Failed = 1,
    WrongUsage = 2,
    DoneWithWarnings = 3,
    DamageFound = 4,
    Refused = 5,
    NotFound = 6,
    Cancelled = 130,
}

/// <summary>An error as a person or a script is told of it.</summary>
/// <param name="Exit">The command's exit code.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">What kind of error it is.</param>
/// <param name="Detail">What happened, where, and the remedy.</param>
public sealed record ErrorReport(ExitCode Exit, int Status, string Title, string Detail);

/// <summary>The one place where an error becomes an exit code and an HTTP status.</summary>
public static class ErrorTable
{
    /// <summary>What the operator can do, where the error itself can't know.</summary>
    private static readonly Dictionary<Type, string> Remedies = new()
    {
        [typeof(StateFolderInUseException)] = "if that process is the service, --host URL has it do this",
        [typeof(HostAddressException)] = "set KafkaBackup:State:Address",
        [typeof(AzureStateException)] = "check the account's name, its key or the identity's roles (Storage Table Data Contributor, Storage Blob Data Contributor), and the network",
        [typeof(BrokerConnectionException)] = "check that the broker runs, and that its address (--bootstrap-server, and what its advertised.listeners say) can be reached from here",
    };

    private static readonly (Type Type, ExitCode Exit, int Status, string Title)[] Rows =
    [
        (typeof(HostConfigurationException), ExitCode.WrongUsage, 500, "Wrong configuration"),
        (typeof(ClusterConfigurationException), ExitCode.WrongUsage, 400, "Wrong cluster connection"),
        (typeof(ConnectionNotFoundException), ExitCode.WrongUsage, 400, "Unknown connection"),
        (typeof(SelectorFormatException), ExitCode.WrongUsage, 400, "Wrong selector"),
        (typeof(NothingSelectedException), ExitCode.NotFound, 404, "Nothing selected"),
        (typeof(EpochNotFoundException), ExitCode.NotFound, 404, "No such epoch"),
        (typeof(NoEpochException), ExitCode.NotFound, 404, "No such epoch"),
        (typeof(InstanceNotFoundException), ExitCode.NotFound, 404, "No such instance"),
        (typeof(SecretInHistoryException), ExitCode.WrongUsage, 400, "Secret in a history"),
        (typeof(InstanceRefusedException), ExitCode.Refused, 409, "Refused"),
        (typeof(EpochConflictException), ExitCode.Refused, 409, "Another writer"),
        (typeof(MergeConflictException), ExitCode.Refused, 409, "Another writer"),
        (typeof(LeaseHeldException), ExitCode.Refused, 409, "Another writer"),
        (typeof(LeaseLostException), ExitCode.Refused, 409, "Another writer"),
        (typeof(StateFolderInUseException), ExitCode.Refused, 409, "State in use"),
        (typeof(HostAddressException), ExitCode.WrongUsage, 500, "Wrong configuration"),
        (typeof(AzureStateException), ExitCode.Failed, 503, "State unavailable"),
        (typeof(ForeignWriterException), ExitCode.Refused, 409, "Another producer"),
        (typeof(RepositoryConnectionException), ExitCode.WrongUsage, 400, "Wrong repository connection"),
        (typeof(RepositoryUnavailableException), ExitCode.Failed, 503, "Repository unavailable"),
        (typeof(RepositoryKeyException), ExitCode.WrongUsage, 400, "Wrong repository key"),
        (typeof(NoSuchKeyException), ExitCode.NotFound, 404, "No such key"),
        (typeof(KeyChangeRefusedException), ExitCode.Refused, 409, "Key change refused"),
        (typeof(NotARepositoryException), ExitCode.WrongUsage, 400, "Not a repository"),
        (typeof(ExportRefusedException), ExitCode.Refused, 409, "Export refused"),
        (typeof(RepositoryException), ExitCode.Failed, 500, "Repository error"),
        (typeof(BrokerConnectionException), ExitCode.Failed, 502, "Cluster unreachable"),
        (typeof(ClusterException), ExitCode.Failed, 502, "Cluster error"),
    ];

    /// <summary>Describes an exception.</summary>
    public static ErrorReport Of(Exception exception) => exception switch
    {
        TaskFailedException failed => Of(failed.FailureDetails),
        OperationCanceledException => new ErrorReport(ExitCode.Cancelled, 499, "Cancelled", "cancelled"),
        _ => Of(Row(type => type.IsInstanceOfType(exception)), exception.Message),
    };

    /// <summary>Describes a failure that came through a history: its cause.</summary>
    public static ErrorReport Of(TaskFailureDetails failure)
    {
        // What an activity threw stands inside what awaiting it threw.
        while (failure.InnerFailure is { } inner && failure.ErrorType == typeof(TaskFailedException).FullName)
            failure = inner;
        return Of(Row(failure.IsCausedBy), failure.ErrorMessage);
    }

    private static (Type Type, ExitCode Exit, int Status, string Title)? Row(Func<Type, bool> matches)
    {
        foreach (var row in Rows)
        {
            if (matches(row.Type))
                return row;
        }

        return null;
    }

    private static ErrorReport Of((Type Type, ExitCode Exit, int Status, string Title)? row, string message) => row is not { } known
        ? new ErrorReport(ExitCode.Failed, 500, "Failed", message)
        : new ErrorReport(known.Exit, known.Status, known.Title, Remedies.TryGetValue(known.Type, out var remedy) ? $"{message}; {remedy}" : message);
}

/// <summary>There is no such orchestration.</summary>
public sealed class InstanceNotFoundException(string id) : Exception($"there is no instance '{id}'; 'kafka-backup instances' lists those that there are");

/// <summary>An orchestration is not in the state that what was asked of it takes.</summary>
public sealed class InstanceRefusedException(string message) : Exception(message);
