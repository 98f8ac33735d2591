using Microsoft.Extensions.Hosting;

namespace KafkaBackup.Durable.Runtime;

/// <summary>The end of this host, as the runtime sees it.</summary>
internal sealed class HostLife(IHostApplicationLifetime lifetime) : IDisposable
{
    private readonly CancellationTokenSource drained = new();

    /// <summary>Cancelled when the stop begins: activities are to end, nothing new is to begin.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <summary>Cancelled when the activities have been given their time: nothing is committed any more.</summary>
    public CancellationToken Drained => drained.Token;

    public void HasDrained() => drained.Cancel();

    public void Dispose() => drained.Dispose();
}
