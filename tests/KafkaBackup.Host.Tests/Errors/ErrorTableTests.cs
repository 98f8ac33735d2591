using KafkaBackup.Durable;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Errors;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;
using Xunit;

namespace KafkaBackup.Host.Tests.Errors;

public sealed class ErrorTableTests
{
    public static TheoryData<Exception, ExitCode, int> Known => new()
    {
        { new HostConfigurationException(["a", "b"]), ExitCode.WrongUsage, 500 },
        { new LeaseHeldException("r", "h"), ExitCode.Refused, 409 },
        { new LeaseLostException("r", "h"), ExitCode.Refused, 409 },
        { new ClusterConfigurationException("m"), ExitCode.WrongUsage, 400 },
        { new ConnectionNotFoundException("m"), ExitCode.WrongUsage, 400 },
        { new SelectorFormatException("m"), ExitCode.WrongUsage, 400 },
        { new NotARepositoryException("file:/backups"), ExitCode.WrongUsage, 400 },
        { new RepositoryKeyException("m", "r"), ExitCode.WrongUsage, 400 },
        { new NoSuchKeyException("m"), ExitCode.NotFound, 404 },
        { new KeyChangeRefusedException("m", "r"), ExitCode.Refused, 409 },
        { new NothingSelectedException("m"), ExitCode.NotFound, 404 },
        { new EpochNotFoundException(7), ExitCode.NotFound, 404 },
        { new NoEpochException("m"), ExitCode.NotFound, 404 },
        { new InstanceNotFoundException("m"), ExitCode.NotFound, 404 },
        { new SecretInHistoryException("m"), ExitCode.WrongUsage, 400 },
        { new InstanceRefusedException("m"), ExitCode.Refused, 409 },
        { new EpochConflictException(7, "m"), ExitCode.Refused, 409 },
        { new StateFolderInUseException("m", null), ExitCode.Refused, 409 },
        { new RepositoryUnavailableException("m", "p", "r"), ExitCode.Failed, 503 },
        { new DamagedObjectException("m", "p"), ExitCode.Failed, 500 },
        { new BrokerConnectionException(new BrokerAddress("h", 1), "m"), ExitCode.Failed, 502 },
        { new ClusterException("m"), ExitCode.Failed, 502 },
        { new InvalidOperationException("m"), ExitCode.Failed, 500 },
        { new OperationCanceledException(), ExitCode.Cancelled, 499 },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void An_error_has_one_exit_code_and_one_status(Exception error, ExitCode exit, int status)
    {
        var report = ErrorTable.Of(error);
        Assert.Equal((exit, status), (report.Exit, report.Status));
        Assert.NotEmpty(report.Title);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void An_error_that_went_through_a_history_is_the_same_error(Exception error, ExitCode exit, int status)
    {
        if (error is OperationCanceledException)
            return;
        var inActivity = TaskFailureDetails.FromException(error);
        var inOrchestration = TaskFailureDetails.FromException(new TaskFailedException("Activity", 0, inActivity));
        foreach (var report in (ErrorReport[])[ErrorTable.Of(inActivity), ErrorTable.Of(inOrchestration), ErrorTable.Of(new TaskFailedException("Activity", 0, inActivity))])
            Assert.Equal((exit, status, ErrorTable.Of(error).Detail), (report.Exit, report.Status, report.Detail));
    }

    [Fact]
    public void The_detail_is_the_cause_s_message_and_the_remedy_of_a_missing_epoch_or_an_unreachable_broker()
    {
        Assert.Equal("a; b", ErrorTable.Of(new HostConfigurationException(["a", "b"])).Detail);
        Assert.Equal("there is no epoch 7; 'kafka-backup epochs' lists those that there are", ErrorTable.Of(new EpochNotFoundException(7)).Detail);
        Assert.StartsWith("broker h:1: m; check that the broker runs, ", ErrorTable.Of(new BrokerConnectionException(new BrokerAddress("h", 1), "m")).Detail, StringComparison.Ordinal);
    }
}
