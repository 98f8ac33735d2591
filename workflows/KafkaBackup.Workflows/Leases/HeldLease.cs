using KafkaBackup.Repository;
using KafkaBackup.Repository.Leases;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Workflows.Leases;

/// <summary>One lease in this process, and its renewal.</summary>
internal sealed partial class HeldLease(WriterLease lease, string what, LeaseOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private CancellationTokenSource stop = new();
    private Task renewing = Task.CompletedTask;
    private int users;
    private long leftAt;

    /// <summary>Begins a use: the lease is this run's when it returns.</summary>
    public async Task EnterAsync(CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            if (renewing.IsCompleted || !await lease.RenewAsync(cancellation))
            {
                await StopAsync();
                await lease.TakeAsync(cancellation);
                stop = new CancellationTokenSource();
                renewing = RenewAsync(stop.Token);
            }

            users++;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Ends a use.</summary>
    /// <param name="atOnce">Whether it is left alone now if nobody else uses it; else it is renewed for a moment more, for the run's next step.</param>
    public async ValueTask LeaveAsync(bool atOnce)
    {
        await gate.WaitAsync();
        try
        {
            leftAt = time.GetTimestamp();
            if (--users == 0 && atOnce)
                await StopAsync();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Stops renewing.</summary>
    public async ValueTask DisposeAsync()
    {
        await gate.WaitAsync();
        await StopAsync();
        gate.Release();
    }

    private async Task StopAsync()
    {
        await stop.CancelAsync();
        await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        renewing = Task.CompletedTask;
    }

    private async Task RenewAsync(CancellationToken stopped)
    {
        while (true)
        {
            await Task.Delay(lease.RenewalInterval, time, stopped);
            if (Volatile.Read(ref users) == 0 && time.GetElapsedTime(Volatile.Read(ref leftAt)) > options.Patience)
                return;
            try
            {
                if (!await lease.RenewAsync(stopped))
                    return;
            }
            catch (LeaseLostException e)
            {
                // What the run does next asks for the lease, and is told.
                LogLost(logger, what, e.Message);
                return;
            }
            catch (RepositoryException e)
            {
                LogNotRenewed(logger, what, e.Message);
            }
        }
    }

    [LoggerMessage(2301, LogLevel.Warning, "the writer's lease is lost ({What}): {Reason}")]
    private static partial void LogLost(ILogger logger, string what, string reason);

    [LoggerMessage(2302, LogLevel.Warning, "the writer's lease could not be renewed, and is tried again ({What}): {Reason}")]
    private static partial void LogNotRenewed(ILogger logger, string what, string reason);
}
