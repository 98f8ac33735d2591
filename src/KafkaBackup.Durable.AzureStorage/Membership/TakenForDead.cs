using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.AzureStorage.Membership;

/// <summary>
/// Ends the process when it can't be one of the hosts any more: the others have taken it for dead, as after a long standstill, and go on with its work. Activities are
/// cancelled first; what it commits meanwhile is fenced. The silo itself does not stop in order any more: it waits for the others, which do not answer it.
/// </summary>
internal sealed partial class TakenForDead(IHostApplicationLifetime lifetime, ILogger<TakenForDead> logger) : IFatalErrorHandler
{
    private const int Failed = 1;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    public bool IsUnexpected(Exception exception) => exception is not ThreadAbortException;

    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        LogStop(exception, context);
        lifetime.StopApplication();
        _ = EndAsync();
    }

    private static async Task EndAsync()
    {
        await Task.Delay(Grace, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        Environment.Exit(Failed);
    }

    [LoggerMessage(190, LogLevel.Critical, "This host stops; the others go on with its work, and it may be started again. {Why}")]
    private partial void LogStop(Exception? exception, string? why);
}
