using KafkaBackup.Durable.Hosting;
using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable;

/// <summary>Adds durable tasks to a host.</summary>
public static class DurableTaskServiceCollectionExtensions
{
    /// <summary>
    /// Adds a worker for the given orchestrators and activities, the store of their histories, and a <see cref="DurableTaskClient"/>. Unfinished instances go on as
    /// soon as the host has started.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="addTasks">Names the orchestrators and activities.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option lies outside its range.</exception>
    /// <remarks>Starting the host throws <see cref="StateFolderInUseException"/> if another process has the store.</remarks>
    public static IServiceCollection AddDurableTasks(this IServiceCollection services, Action<DurableTaskRegistry> addTasks, Action<DurableTaskOptions>? configure = null)
    {
        var options = new DurableTaskOptions();
        configure?.Invoke(options);
        Validate(options);
        var registry = new DurableTaskRegistry();
        addTasks(registry);

        services.AddSingleton(options);
        services.AddSingleton(registry);
        services.AddSingleton<SecretGuard>();
        services.AddSingleton(new HistoryStoreHealth(options.TimeProvider));
        services.AddSingleton<IHistoryStore>(provider => new ObservedStore(
            options.MakeStore(provider), provider.GetRequiredService<HistoryStoreHealth>(), provider.GetRequiredService<SecretGuard>()));
        services.AddSingleton<IInstanceIds, RandomInstanceIds>();
        services.AddSingleton<HostLife>();
        services.AddSingleton(provider => new ExecutorFactory(
            registry, options.DataConverter, provider.GetRequiredService<SecretGuard>(), provider, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<ActivityWorker>();
        services.AddSingleton<Recovery>();
        services.AddSingleton<GrainCalls>();
        services.AddSingleton<DurableTaskClient, StoreDurableTaskClient>();

        // In the order of their start; they stop in reverse: first the activities end, then the silo, and the store is closed last.
        services.AddHostedService<StoreOpener>();
        services.AddOrleans(silo => ConfigureSilo(silo, options));
        services.AddHostedService(provider => provider.GetRequiredService<Recovery>());
        services.AddHostedService(provider => provider.GetRequiredService<ActivityWorker>());
        services.AddSingleton(provider => new HistoryRetention(
            provider.GetRequiredService<IHistoryStore>(), provider.GetRequiredService<DurableTaskClient>(), options, provider.GetServices<IHistoryArchive>(),
            provider.GetRequiredService<ILogger<HistoryRetention>>()));
        services.AddHostedService<RetentionWorker>();
        services.AddLogging(Quieten);
        return services;
    }

    /// <summary>Errors only: what Orleans warns of (a slow task, a late watchdog, the garbage collector's mode) is not what an operator can act on.</summary>
    private static void Quieten(ILoggingBuilder logging) => logging
        .AddFilter("Orleans", LogLevel.Error)
        .AddFilter("Microsoft.Orleans", LogLevel.Error)
        .AddFilter("Polly", LogLevel.Error);

    /// <summary>
    /// Nothing at all of what the engine below logs, for a process that starts for one command and ends with it: at its start and its end there is talk of silos which
    /// concerns nobody who waits for the command. To be called after <see cref="AddDurableTasks"/>, whose own filters would win.
    /// </summary>
    public static ILoggingBuilder SilenceEngine(this ILoggingBuilder logging) => logging
        .AddFilter("Orleans", LogLevel.None)
        .AddFilter("Microsoft.Orleans", LogLevel.None)
        .AddFilter("Polly", LogLevel.None);

    private static void ConfigureSilo(ISiloBuilder silo, DurableTaskOptions options)
    {
        if (options.ConfigureSilo is { } configure)
            configure(silo);
        else
            silo.UseLocalhostClustering(options.SiloPort == 0 ? FreePort.Find() : options.SiloPort, gatewayPort: 0);
    }

    private static void Validate(DurableTaskOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxConcurrentActivities, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.HeartbeatInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.ScanInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.ProgressInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DrainTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.RetentionInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SiloPort, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SiloPort, ushort.MaxValue);
    }
}
