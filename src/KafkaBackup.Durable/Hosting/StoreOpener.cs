using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.Hosting;

namespace KafkaBackup.Durable.Hosting;

/// <summary>Opens the store before anything else starts, so that a folder in use is the one error that is seen.</summary>
internal sealed class StoreOpener(IHistoryStore store) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
