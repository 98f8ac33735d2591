using System.Runtime.InteropServices;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.AzureStorage.Tests.Cluster;

/// <summary>The process that is killed: a host on a state in Azure Storage, which starts what it is told to and runs until SIGTERM. It writes down every attempt and every commit.</summary>
internal static class HostProbe
{
    /// <summary>What it prints once it works.</summary>
    public const string Ready = "ready";

    public static readonly HostingOptions Hosting = new() { ProbeTimeout = TimeSpan.FromSeconds(1), MissedProbes = 2 };

    public static async Task RunAsync(ProbeSettings settings)
    {
        var deeds = new Deeds(settings.Folder, settings.Name);
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).AddFilter("Microsoft.Hosting", LogLevel.None);
        builder.Services.AddDurableTasks(tasks => Workload.Add(tasks, deeds, settings.Folder), options =>
        {
            options.UseAzureState(new() { Name = settings.State, ConnectionString = settings.ConnectionString }, Hosting with { Cluster = settings.Cluster });
            var create = options.CreateStore!;
            options.CreateStore = services => new TellingStore(create(services), deeds);
            options.HostName = settings.Name;
            options.MaxConcurrentActivities = 4;
        });
        using var host = builder.Build();
        using var stopped = new CancellationTokenSource();
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.Cancel();
        });
        // It also stops by itself, when the others have taken it for dead.
        using var ended = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopped.Cancel);
        await host.StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        foreach (var id in settings.Starts)
            await client.ScheduleNewOrchestrationInstanceAsync(Workload.Name, new Workload.Progress(0, 0), new StartOrchestrationOptions(id));
        Console.WriteLine(Ready);
        await Task.Delay(Timeout.Infinite, stopped.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        await host.StopAsync();
    }

    /// <summary>Writes down who commits: that host holds the instance.</summary>
    private sealed class TellingStore(IHistoryStore inner, Deeds deeds) : StoreDecorator(inner)
    {
        public override async Task<InstanceRecord> CommitAsync(HistoryCommit commit)
        {
            var row = await base.CommitAsync(commit);
            deeds.Add(DeedKind.Commit, commit.Next.Id, $"{row.Generation}:{row.Length}");
            return row;
        }
    }
}
