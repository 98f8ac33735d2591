using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Instances;
using KafkaBackup.Host.Repositories;
using KafkaBackup.Host.Secrets;
using KafkaBackup.Host.State;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Workflows;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Leases;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Host;

/// <summary>Puts the parts together: the workflows, the runtime that makes them durable, the connections that they use.</summary>
public static class KafkaBackupServices
{
    /// <summary>How long a stop may take: activities have three seconds to heed it, and the other hosts, or the state, may not answer.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    /// <summary>Adds what the service and the command line have in common.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="secret">The secret of the repository that this process was started for; null if the settings alone say.</param>
    public static IServiceCollection AddKafkaBackup(this IServiceCollection services, HostSettings settings, ISecretSource? secret = null)
    {
        var secrets = SecretSettings.Of(settings);
        services.AddSingleton(settings);
        services.AddSingleton(secrets);
        services.AddSingleton<LoggerFactory>();
        services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(s => new RedactingLoggers(s.GetRequiredService<LoggerFactory>(), secrets)));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IIdentitySource, RandomIdentities>();
        services.AddSingleton<IConnections>(s => Connect(settings, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILoggerFactory>(), secret));
        services.AddSingleton(new LeaseOptions { Patience = TimeSpan.FromSeconds(settings.LeaseSeconds ?? 30) });
        services.AddSingleton<WriterLeases>();
        services.AddSingleton<InstanceStarter>();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = StopLimit);
        if (settings.History.Archive is { } archive)
            services.AddSingleton<IHistoryArchive>(s => ActivatorUtilities.CreateInstance<RepositoryArchive>(s, archive));
        return services.AddDurableTasks(tasks => tasks.AddWorkflows(), options => Configure(options, settings, secrets));
    }

    private static void Configure(DurableTaskOptions options, HostSettings settings, KnownSecrets secrets)
    {
        options.Redact = secrets.Redact;
        StateComposition.Configure(options, settings);
        if (settings.History is { IsLimited: true } history)
            options.Retention = new RetentionPolicy(history.MaxAge is { } age ? Age.Parse(age) : null, (int?)history.MaxCount);
        if (settings.History.Interval is { } interval)
            options.RetentionInterval = Age.Parse(interval)!.Value;
    }

    /// <summary>The connections that settings name.</summary>
    public static HostConnections Connect(HostSettings settings, TimeProvider time, ILoggerFactory loggers, ISecretSource? secret = null) =>
        new(new ConnectionOptions { Clusters = settings.Clusters }, new RepositoryOpener(settings, time, new RandomIdentities(), secret), time, loggers);
}
