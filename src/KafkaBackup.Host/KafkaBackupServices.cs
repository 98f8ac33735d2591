using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Instances;
using KafkaBackup.Workflows;
using KafkaBackup.Workflows.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

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
        services.AddSingleton(new ConnectionOptions { Clusters = settings.Clusters, Repositories = settings.Repositories });
        services.AddSingleton<IConnections, HostConnections>();
        services.AddSingleton<InstanceStarter>();
        return services.AddDurableTasks(tasks => tasks.AddWorkflows(), options => options.SqlitePath = HistoryPath(settings.State));
    }

    /// <summary>Where a state folder keeps the histories.</summary>
    public static string HistoryPath(string state) => Path.Combine(Path.GetFullPath(state), HistoryFile);
}
