using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Runtime;

/// <summary>
/// Brings live instances back to memory: all of them at start, when a host of the cluster has died, and now and then, in case one was missed. An instance that is
/// in memory already does not mind.
/// </summary>
internal sealed class Recovery(IHistoryStore store, IGrainFactory grains, ISiloStatusOracle silos, DurableTaskOptions options, HostLife life, ILogger<Recovery> logger)
    : BackgroundService, ISiloStatusListener
{
    private const int AtOnce = 16;
    private static readonly TimeSpan SoonPause = TimeSpan.FromMilliseconds(200);
    private readonly SemaphoreSlim scanNow = new(0);
    private volatile bool hostDied;

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status != SiloStatus.Dead)
            return;
        hostDied = true;
        scanNow.Release();
    }

    /// <summary>Takes up one instance that has lost its state in memory.</summary>
    public async void TakeUpSoon(string instanceId)
    {
        try
        {
            await Task.Delay(SoonPause, TimeProvider.System, life.Stopping).ConfigureAwait(false);
            await Patiently.DoAsync(
                () => TouchAsync(instanceId, sendAgain: false),
                (failure, _) =>
                {
                    logger.TouchFailed(failure, instanceId);
                    return false;
                },
                life.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next start takes it up.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        silos.SubscribeToSiloStatusEvents(this);
        for (var isFirst = true; !stoppingToken.IsCancellationRequested; isFirst = false)
        {
            await ScanAsync(isFirst, stoppingToken);
            await scanNow.WaitAsync(options.ScanInterval, stoppingToken);
        }
    }

    private async Task ScanAsync(bool isFirst, CancellationToken stoppingToken)
    {
        try
        {
            var sendAgain = hostDied;
            hostDied = false;
            var live = await store.ListLiveAsync(stoppingToken);
            if (isFirst && live.Count > 0)
                logger.Recovering(live.Count);
            await Parallel.ForEachAsync(live, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken },
                (id, stopping) => TryTouchAsync(id, sendAgain, stopping));
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            logger.ScanFailed(failure);
        }
    }

    private async ValueTask TryTouchAsync(string instanceId, bool sendAgain, CancellationToken stoppingToken)
    {
        try
        {
            await TouchAsync(instanceId, sendAgain);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            logger.TouchFailed(failure, instanceId);
        }
    }

    private async Task<bool> TouchAsync(string instanceId, bool sendAgain)
    {
        await grains.GetGrain<IOrchestrationGrain>(instanceId).TouchAsync(sendAgain);
        return true;
    }
}
