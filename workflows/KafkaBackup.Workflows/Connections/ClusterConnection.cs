using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;

namespace KafkaBackup.Workflows.Connections;

/// <summary>A cluster as activities use it.</summary>
public sealed class ClusterConnection(ClusterClient client, Lazy<ClusterAdmin> admin) : IAsyncDisposable
{
    /// <summary>The raw wire.</summary>
    public ClusterClient Client { get; } = client;

    /// <summary>Topics, configuration and groups.</summary>
    public ClusterAdmin Admin => admin.Value;

    /// <summary>Bounds of logs.</summary>
    public LogOffsets Offsets { get; } = new(client);

    /// <summary>Whether logs still reach as far as they did.</summary>
    public LogReach Reach => new(Client, Offsets);

    /// <summary>Where leader epochs end.</summary>
    public LeaderEpochs LeaderEpochs { get; } = new(client);

    /// <summary>What groups have committed.</summary>
    public GroupOffsets Groups { get; } = new(client);

    /// <summary>What we are allowed at most.</summary>
    public ClientQuotas Quotas { get; } = new(client);

    /// <summary>Who may do what.</summary>
    public AccessControl AccessControl { get; } = new(client);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (admin.IsValueCreated)
            admin.Value.Dispose();
    }
}
