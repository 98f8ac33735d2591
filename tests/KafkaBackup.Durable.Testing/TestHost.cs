using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Testing;

/// <summary>A host with durable tasks, over a store that outlives it.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly IHost host;

    private TestHost(IHost host) => this.host = host;

    public DurableTaskClient Client => host.Services.GetRequiredService<DurableTaskClient>();

    public IServiceProvider Services => host.Services;

    public static async Task<TestHost> StartAsync(
        Action<DurableTaskRegistry> tasks, IHistoryStore? store = null, Action<DurableTaskOptions>? configure = null, Action<IServiceCollection>? addServices = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { DisableDefaults = true });
        builder.Logging.AddFilter("Microsoft.Hosting", LogLevel.None);
        builder.Services.AddDurableTasks(tasks, options =>
        {
            options.HostName = "host-1";
            options.ProgressInterval = TimeSpan.FromMilliseconds(20);
            options.CreateStore = _ => new KeptStore(store ?? new MemoryHistoryStore());
            configure?.Invoke(options);
        });
        addServices?.Invoke(builder.Services);
        var host = builder.Build();
        try
        {
            await host.StartAsync().Bounded();
        }
        catch
        {
            host.Dispose();
            throw;
        }
        return new(host);
    }

    /// <summary>Starts an instance and waits for its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(TaskName name, object? input = null, string? instanceId = null)
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(instanceId)).Bounded();
        return await EndOf(id);
    }

    public Task<OrchestrationMetadata> EndOf(string id) => Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true).Bounded();

    public async Task StopAsync() => await host.StopAsync().Bounded();

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync().Bounded();
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    /// <summary>The store belongs to the test, not to the host.</summary>
    private sealed class KeptStore(IHistoryStore inner) : StoreDecorator(inner)
    {
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
