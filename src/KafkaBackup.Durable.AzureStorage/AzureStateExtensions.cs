using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.AzureStorage.Membership;
using KafkaBackup.Durable.Hosting;
using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace KafkaBackup.Durable.AzureStorage;

/// <summary>Has durable tasks keep their histories in Azure Storage and run on all hosts that do so.</summary>
public static class AzureStateExtensions
{
    private const int HeartbeatsMissed = 3;
    private const int ProbesPerHeartbeat = 5;

    /// <summary>Histories in Azure Storage, and every host on the same state a part of one service.</summary>
    /// <param name="options">The options of durable tasks.</param>
    /// <param name="state">Where the state is.</param>
    /// <param name="hosting">How this host works together with the others.</param>
    /// <exception cref="ArgumentException">The state has no proper name, or too little is said of it.</exception>
    /// <exception cref="FormatException">The connection string is none.</exception>
    public static void UseAzureState(this DurableTaskOptions options, AzureStateOptions state, HostingOptions hosting)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(hosting.ProbeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(hosting.MissedProbes, 1);
        var clients = new AzureState(state);
        var hosts = new AzureMembershipTable(clients, hosting.Cluster);
        options.CreateStore = _ => new AzureHistoryStore(clients, () => PrepareAsync(hosts, hosting));
        options.ConfigureSilo = silo => Configure(silo, hosts, hosting);
    }

    /// <summary>Looks at histories without being their host.</summary>
    /// <inheritdoc cref="UseAzureState"/>
    public static HistoryReader OpenReader(AzureStateOptions state) => new(new AzureHistoryStore(new(state)));

    /// <summary>What a host that is about to start looks at first: what keeps it from joining the others is told before anything runs.</summary>
    private static async Task PrepareAsync(AzureMembershipTable hosts, HostingOptions hosting)
    {
        await hosts.InitializeMembershipTable(true).ConfigureAwait(false);
        await new LostHosts(hosts, hosting.Address, hosting.ProbeTimeout).BuryAsync().ConfigureAwait(false);
    }

    private static void Configure(ISiloBuilder silo, AzureMembershipTable hosts, HostingOptions hosting)
    {
        silo.ConfigureEndpoints(hosting.Address, hosting.Port == 0 ? FreePort.Find(hosting.Address) : hosting.Port, gatewayPort: 0, listenOnAnyHostAddress: false);
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (hosting.Cluster, "kafka-backup"));
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = hosting.ProbeTimeout;
            membership.NumMissedProbesLimit = hosting.MissedProbes;
            // How far a probe's time may grow, and how long an open connection speaks for a host that answers nothing.
            membership.MaxProbeTimeout = hosting.ProbeTimeout * 2;
            // A host that finds entries of hosts which all died waits for so long before it goes on without them.
            membership.IAmAliveTablePublishTimeout = hosting.ProbeTimeout * ProbesPerHeartbeat;
            // And one that was taken for dead, although it only stood still, learns it as soon.
            membership.TableRefreshTimeout = hosting.ProbeTimeout * ProbesPerHeartbeat;
            membership.NumMissedTableIAmAliveLimit = HeartbeatsMissed;
        });
        // Orleans holds what a dead host had for 30 s, lest it be alive after all. Here every commit is fenced, so that there is nothing to wait for.
        silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero);
#pragma warning disable ORLEANSEXP003 // The directory that comes without it loses what the surviving hosts run when one dies.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Services.AddSingleton<IFatalErrorHandler, TakenForDead>();
        silo.Services.AddSingleton<IMembershipTable>(hosts);
    }
}
