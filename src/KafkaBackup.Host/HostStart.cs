using Microsoft.Extensions.Hosting;

namespace KafkaBackup.Host;

/// <summary>Starts hosts.</summary>
public static class HostStart
{
    /// <summary>Starts a host; if it can't, disposes of it and throws why, whatever the half-started parts say of being stopped.</summary>
    public static async Task StartOrDisposeAsync(this IHost host, CancellationToken cancellation)
    {
        try
        {
            await host.StartAsync(cancellation);
        }
        catch
        {
            try
            {
                await ((IAsyncDisposable)host).DisposeAsync();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The first error is the one to tell.
            }

            throw;
        }
    }
}
