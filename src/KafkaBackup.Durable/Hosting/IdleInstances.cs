using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Durable;

/// <summary>
/// The instances of a store that no host runs, to look at and to steer: suspended, resumed, told events, terminated, purged. The store is this object's alone
/// while it is open, and no instance goes on; what was changed takes effect with the next host.
/// </summary>
public sealed class IdleInstances : IAsyncDisposable
{
    private readonly IHistoryStore store;
    private readonly ServiceProvider services;

    private IdleInstances(IHistoryStore store, ServiceProvider services, DurableTaskClient client)
    {
        this.store = store;
        this.services = services;
        Client = client;
    }

    /// <summary>Steers them. It starts none and waits for none: <see cref="InvalidOperationException"/>.</summary>
    public DurableTaskClient Client { get; }

    /// <summary>Opens the store that the options name.</summary>
    /// <param name="addTasks">Names the orchestrators; an instance that is resumed goes through its history. Their activities are not run.</param>
    /// <param name="configure">Sets options, as for a host.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StateFolderInUseException">A host, or somebody else, has the store.</exception>
    public static async Task<IdleInstances> OpenAsync(Action<DurableTaskRegistry> addTasks, Action<DurableTaskOptions> configure, CancellationToken cancellation)
    {
        var options = new DurableTaskOptions();
        configure(options);
        var registry = new DurableTaskRegistry();
        addTasks(registry);
        var services = new ServiceCollection().BuildServiceProvider();
        var secrets = new SecretGuard(options);
        var store = options.MakeStore(services);
        try
        {
            await store.OpenAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            await services.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        var executors = new ExecutorFactory(registry, options.DataConverter, secrets, services, NullLoggerFactory.Instance);
        return new(store, services, new IdleDurableTaskClient(store, executors, options, secrets));
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync().ConfigureAwait(false);
        await services.DisposeAsync().ConfigureAwait(false);
    }
}
