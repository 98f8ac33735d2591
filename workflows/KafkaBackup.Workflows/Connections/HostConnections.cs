using System.Collections.Concurrent;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Repository.Storage;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Workflows.Connections;

/// <summary>The connections of one host: opened when first asked for, kept until the host stops.</summary>
public sealed class HostConnections(ConnectionOptions options, IRepositoryOpener repositories, TimeProvider time, ILoggerFactory loggers) : IConnections, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<ClusterConnection>> _clusters = new();
    private readonly ConcurrentDictionary<string, Lazy<IObjectStore>> _repositories = new();

    public ClusterConnection Cluster(string name) => _clusters.GetOrAdd(name, n => new Lazy<ClusterConnection>(() => OpenCluster(n))).Value;

    public IObjectStore Repository(string name) => _repositories.GetOrAdd(name, n => new Lazy<IObjectStore>(() => repositories.Open(n))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters.Values.Where(c => c.IsValueCreated))
            await cluster.Value.DisposeAsync();
    }

    private ClusterConnection OpenCluster(string name)
    {
        var properties = options.Clusters.TryGetValue(name, out var named) ? named
            : name.Contains(':') ? new Dictionary<string, string> { ["bootstrap.servers"] = name }
            : throw new ConnectionNotFoundException($"there is no cluster connection '{name}'; {Known("clusters", options.Clusters.Keys)}, or give HOST:PORT");
        var cluster = new ClusterOptions(properties);
        return new ClusterConnection(new ClusterClient(cluster, time, loggers.CreateLogger<ClusterClient>()), new Lazy<ClusterAdmin>(() => new ClusterAdmin(cluster, time)));
    }

    /// <summary>Names what there is instead of what was asked for.</summary>
    public static string Known(string what, IReadOnlyCollection<string> names) =>
        names.Count == 0 ? $"no {what} are configured" : $"known {what}: {string.Join(", ", names.Order(StringComparer.Ordinal))}";
}
