using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Instances;
using KafkaBackup.Host.Repositories;
using KafkaBackup.Workflows;
using KafkaBackup.Workflows.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Host;

/// <summary>Puts the parts together: the workflows, the runtime that makes them durable, the connections that they use.</summary>
public static class KafkaBackupServices
{
    private const string HistoryFile = "history.db";

    /// <summary>Adds what the service and the command line have in common.</summary>
    public static IServiceCollection AddKafkaBackup(this IServiceCollection services, HostSettings settings)
    {
        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IIdentitySource, RandomIdentities>();
        services.AddSingleton<IConnections>(s => Connect(settings, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<InstanceStarter>();
        return services.AddDurableTasks(tasks => tasks.AddWorkflows(), options => options.SqlitePath = HistoryPath(settings.State));
    }

    /// <summary>The connections that settings name.</summary>
    public static HostConnections Connect(HostSettings settings, TimeProvider time, ILoggerFactory loggers) =>
        new(new ConnectionOptions { Clusters = settings.Clusters }, new RepositoryOpener(settings), time, loggers);

    /// <summary>Where a state folder keeps the histories.</summary>
    public static string HistoryPath(string state) => Path.Combine(Path.GetFullPath(state), HistoryFile);
}
