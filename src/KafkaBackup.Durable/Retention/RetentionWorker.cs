using KafkaBackup.Durable.Runtime;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable;

/// <summary>Clears finished instances away at start, and now and then.</summary>
internal sealed class RetentionWorker(HistoryRetention retention, DurableTaskOptions options, ILogger<RetentionWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Retention is null)
            return;
        using var timer = new PeriodicTimer(options.RetentionInterval, options.TimeProvider);
        do
            await TryClearAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryClearAsync(CancellationToken stopping)
    {
        try
        {
            await retention.ClearAsync(stopping);
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            logger.RetentionFailed(failure, options.TimeProvider.GetUtcNow() + options.RetentionInterval);
        }
    }
}
