using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.AzureStorage.Membership;

/// <summary>
/// Stops the host in order when it can't be one of the hosts any more: the others have taken it for dead, as after a long standstill. Whatever it does meanwhile is
/// fenced. Orleans would end the process on the spot.
/// </summary>
internal sealed partial class TakenForDead(IHostApplicationLifetime lifetime, ILogger<TakenForDead> logger) : IFatalErrorHandler
{
    public bool IsUnexpected(Exception exception) => exception is not ThreadAbortException;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        LogStop(exception, context);
        lifetime.StopApplication();
    }

    [LoggerMessage(190, LogLevel.Critical, "This host stops; the others go on with its work, and it may be started again. {Why}")]
    private partial void LogStop(Exception? exception, string? why);
}
