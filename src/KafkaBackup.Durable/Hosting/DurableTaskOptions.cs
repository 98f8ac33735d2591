using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Stores.Sqlite;

namespace KafkaBackup.Durable;

/// <summary>How durable tasks run in this process. The plain values can be bound from configuration.</summary>
public sealed class DurableTaskOptions
{
    /// <summary>The SQLite file that keeps the histories; its folder is locked while the host runs. Default, <see langword="null"/>: in memory, gone with the process.</summary>
    public string? SqlitePath { get; set; }

    /// <summary>Makes another store; goes before <see cref="SqlitePath"/>.</summary>
    public Func<IServiceProvider, IHistoryStore>? CreateStore { get; set; }

    /// <summary>Activities that run at once in this process; at least 1. Default: four per processor, 8 at least.</summary>
    public int MaxConcurrentActivities { get; set; } = Math.Max(8, 4 * Environment.ProcessorCount);

    /// <summary>How often a running instance sends its open work again, in case a message was lost; above zero. Default: 30 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the store is searched for live instances that no host has in memory; above zero. It is also done at start. Default: 30 s.</summary>
    public TimeSpan ScanInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often reported progress is passed on; above zero. Default: 0.5 s.</summary>
    public TimeSpan ProgressInterval { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long a stop of the host waits for activities to heed their cancellation; not negative. Default: 3 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The name of this process in histories. Default: machine and process id.</summary>
    public string HostName { get; set; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>The loopback port that Orleans listens on. Default, 0: any that is free.</summary>
    public int SiloPort { get; set; }

    /// <summary>Sets up clustering over several hosts. Default, <see langword="null"/>: a cluster of this process alone, on loopback.</summary>
    public Action<ISiloBuilder>? ConfigureSilo { get; set; }

    /// <summary>Reads and writes inputs, outputs, events, custom status and progress. Default: <see cref="JsonDataConverter.Default"/>.</summary>
    public DataConverter DataConverter { get; set; } = JsonDataConverter.Default;

    /// <summary>The version of orchestrators that are started without one. Default, <see langword="null"/>: unversioned.</summary>
    public string? DefaultVersion { get; set; }

    /// <summary>Which finished instances are cleared away. Default, <see langword="null"/>: none, they are kept for ever.</summary>
    public RetentionPolicy? Retention { get; set; }

    /// <summary>How often finished instances are cleared away; above zero. It is also done at start. Default: 10 minutes.</summary>
    public TimeSpan RetentionInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Takes what the host knows for secrets out of a text. It is asked before anything from outside or from an activity is committed, reported or logged: failures are
    /// cleaned; an input, an output or an event that holds a secret is refused with a <see cref="SecretInHistoryException"/>. Default: nothing is a secret.
    /// </summary>
    public Func<string, string> Redact { get; set; } = text => text;

    /// <summary>The clock of histories and durable timers. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal IHistoryStore MakeStore(IServiceProvider services) =>
        CreateStore?.Invoke(services) ?? (SqlitePath is { } path ? new SqliteHistoryStore(path) : new MemoryHistoryStore());
}
