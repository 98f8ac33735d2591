using Microsoft.Extensions.Logging;

namespace KafkaBackup.Broker.Logs;

/// <summary>
/// Does something with every log again and again. A log with which it goes wrong is named, and the others and the next time are not kept from it.
/// </summary>
internal sealed partial class LogKeeper : IAsyncDisposable
{
    private readonly PeriodicTimer _timer;
    private readonly Task _running;

    /// <param name="name">What it does, for what it logs.</param>
    /// <param name="period">How long it waits between two rounds, and before the first.</param>
    /// <param name="logs">Gives the logs that there are.</param>
    /// <param name="keep">What it does.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what goes wrong.</param>
    public LogKeeper(string name, TimeSpan period, Func<IEnumerable<PartitionLog>> logs, Action<PartitionLog> keep, TimeProvider time, ILogger logger)
    {
        _timer = new PeriodicTimer(period, time);
        _running = Task.Run(async () =>
        {
            while (await _timer.WaitForNextTickAsync().ConfigureAwait(false))
                Round(name, logs(), keep, logger);
        });
    }

    /// <summary>Does it once with each of the logs.</summary>
    public static void Round(string name, IEnumerable<PartitionLog> logs, Action<PartitionLog> keep, ILogger logger)
    {
        foreach (var log in logs)
        {
            try
            {
                keep(log);
            }
            catch (ObjectDisposedException) when (log.IsDisposed)
            {
                // Its topic was deleted meanwhile.
            }
#pragma warning disable CA1031 // Whatever it is: it must not end the rounds, and it is said.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(logger, e, name, log.Topic, log.Partition);
            }
        }
    }

    /// <summary>Ends the rounds; none is under way when this returns.</summary>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _running.ConfigureAwait(false);
    }

    [LoggerMessage(2, LogLevel.Error, "{Name} of {Topic}-{Partition} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string name, string topic, int partition);
}
