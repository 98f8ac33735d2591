using System.Collections.Concurrent;
using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Repository.Storage;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Workflows.Connections;

/// <summary>The connections of one host: opened when first asked for, kept until the host stops.</summary>
public sealed class HostConnections(ConnectionOptions options, TimeProvider time, ILoggerFactory loggers) : IConnections, IAsyncDisposable
{
    private const string FileScheme = "file:";
    private readonly ConcurrentDictionary<string, Lazy<ClusterConnection>> _clusters = new();
    private readonly ConcurrentDictionary<string, Lazy<IObjectStore>> _repositories = new();

    public ClusterConnection Cluster(string name) => _clusters.GetOrAdd(name, n => new Lazy<ClusterConnection>(() => OpenCluster(n))).Value;

    public IObjectStore Repository(string name) => _repositories.GetOrAdd(name, n => new Lazy<IObjectStore>(() => OpenRepository(n))).Value;

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

    private IObjectStore OpenRepository(string name)
    {
        var address = options.Repositories.GetValueOrDefault(name, name);
        if (!address.StartsWith(FileScheme, StringComparison.Ordinal))
        {
            throw new ConnectionNotFoundException(address.Contains(':')
                ? $"the repository '{address}' is of a kind that is not supported yet; file:PATH is"
                : $"there is no repository connection '{name}'; {Known("repositories", options.Repositories.Keys)}, or give file:PATH");
        }

        var path = address[FileScheme.Length..];
        return path.Length > 0
            ? new FileSystemObjectStore(Path.GetFullPath(path))
            : throw new ConnectionNotFoundException("the repository 'file:' has no path: give file:PATH");
    }

    private static string Known(string what, IReadOnlyCollection<string> names) =>
        names.Count == 0 ? $"no {what} are configured" : $"known {what}: {string.Join(", ", names.Order(StringComparer.Ordinal))}";
}
