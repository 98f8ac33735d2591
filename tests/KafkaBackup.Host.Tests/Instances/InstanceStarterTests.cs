using KafkaBackup.Durable;
using KafkaBackup.Host.Instances;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Restore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace KafkaBackup.Host.Tests.Instances;

public sealed class InstanceStarterTests : IAsyncLifetime
{
    private static readonly BackupRequest Request = new() { Cluster = "c", Repository = "r", Topics = ["a"] };
    private IHost _host = null!;

    private DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    private InstanceStarter Starter => new(Client);

    public async ValueTask InitializeAsync()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddDurableTasks(tasks => tasks
            .AddOrchestratorFunc<BackupRequest, int>(nameof(BackupEpoch), async (context, _) => await context.WaitForExternalEvent<int>("end"))
            .AddOrchestratorFunc<RestoreRequest, int>(nameof(RestoreEpoch), async (context, _) => await context.WaitForExternalEvent<int>("end")));
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task Asking_again_attaches_to_what_is_unfinished_and_after_its_end_the_next_begins()
    {
        var first = await StartAsync(Request);
        Assert.Matches("^backup-[0-9a-f]{12}-1$", first);
        Assert.Equal(first, await StartAsync(Request with { Topics = ["a"] }));
        await EndAsync(first);
        var second = await StartAsync(Request);
        Assert.Equal(first[..^1] + "2", second);
        await Client.SuspendInstanceAsync(second);
        Assert.Equal(second, await StartAsync(Request));
        Assert.Equal(second, (await Starter.FindLatestAsync(nameof(BackupEpoch), Request, default))?.InstanceId);
    }

    [Fact]
    public async Task Whatever_else_is_asked_is_another_instance()
    {
        var ids = new List<string> { await StartAsync(Request) };
        foreach (var other in (BackupRequest[])[Request with { Topics = ["b"] }, Request with { Plan = "p" }, Request with { Cluster = "d" }, Request with { RateLimit = 1 }])
            ids.Add(await StartAsync(other));
        ids.Add(await Starter.StartAsync(nameof(RestoreEpoch), new RestoreRequest { Cluster = "c", Repository = "r", Topics = ["a"] }, null, default));
        Assert.Equal(6, ids.Distinct().Count());
        Assert.StartsWith("restore-", ids[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asks_is_recorded_and_makes_no_other_instance_of_it()
    {
        var id = await Starter.StartAsync(nameof(BackupEpoch), Request, "ann", default);
        Assert.Equal(id, await Starter.StartAsync(nameof(BackupEpoch), Request, "bob", default));
        Assert.Equal("ann", (await Client.GetInstanceAsync(id))?.RequestedBy);
    }

    [Fact]
    public async Task Twenty_at_once_start_one()
    {
        var starter = Starter;
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => starter.StartAsync(nameof(BackupEpoch), Request, null, default)));
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public async Task The_ordinal_after_ten_is_eleven()
    {
        for (var i = 1; i <= 11; i++)
        {
            var id = await StartAsync(Request);
            Assert.EndsWith($"-{i}", id, StringComparison.Ordinal);
            await EndAsync(id);
        }
    }

    private Task<string> StartAsync(BackupRequest request) => Starter.StartAsync(nameof(BackupEpoch), request, null, default);

    private async Task EndAsync(string id)
    {
        await Client.RaiseEventAsync(id, "end", 1);
        await Client.WaitForInstanceCompletionAsync(id).WaitAsync(TimeSpan.FromSeconds(30));
    }
}
