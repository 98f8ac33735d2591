using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.AzureStorage.Tests.Cluster;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Outages;

/// <summary>A storage account that fails for a while delays work and loses none, and the host tells what is wrong while it lasts.</summary>
public sealed class OutageTests(SharedAzurite azurite)
{
    private const int Width = 12;

    [Fact]
    public async Task An_account_that_answers_busy_delays_and_loses_nothing()
    {
        await using var proxy = new BusyProxy(azurite.Process.TablePort);
        var state = azurite.NewState() with { ConnectionString = AzuriteProcess.ConnectionStringFor(azurite.Process.BlobPort, proxy.Port) };
        await DelayAsync(
            state,
            async _ =>
            {
                proxy.IsBusy = true;
                await Until.True(() => proxy.Refusals > 20, "requests that are refused");
            },
            "503 ServerBusy",
            () =>
            {
                proxy.IsBusy = false;
                return Task.CompletedTask;
            });
    }

    [Fact]
    public async Task An_account_that_is_gone_and_comes_back_delays_and_loses_nothing()
    {
        Assert.SkipUnless(AzuriteProcess.IsHere, AzuriteProcess.Missing);
        using var folder = new TestFolder();
        await using var own = AzuriteProcess.Start(folder.Path);
        await DelayAsync(
            azurite.NewState() with { ConnectionString = own.ConnectionString },
            async health =>
            {
                await own.StopAsync();
                await Until.True(() => health.Trouble is { StopsWork: true, Failures: > 3 }, "commits that fail");
            },
            "refused",
            own.StartAgainAsync);
    }

    [Fact]
    public async Task Every_call_of_a_busy_account_says_what_is_wrong_and_may_be_made_again()
    {
        await using var proxy = new BusyProxy(azurite.Process.TablePort);
        var store = new AzureHistoryStore(new(azurite.NewState() with { ConnectionString = AzuriteProcess.ConnectionStringFor(azurite.Process.BlobPort, proxy.Port) }));
        await store.OpenAsync(default);
        var row = await store.CommitAsync(new(null, new() { Id = "a", Name = "O", Status = OrchestrationRuntimeStatus.Running }, []));
        proxy.IsBusy = true;

        foreach (var call in (Func<Task>[])
            [
                () => store.FindAsync("a", default), () => store.LoadAsync("a", default), () => store.ListLiveAsync(default), () => store.ListAsync(new(), default),
                () => store.ListAsync(new(Statuses: [OrchestrationRuntimeStatus.Running]), default), () => store.CommitAsync(new(row, row, [])), () => store.PurgeAsync(row),
            ])
        {
            Assert.Contains("503 ServerBusy", (await Assert.ThrowsAsync<AzureStateException>(call)).Message);
        }
    }

    private static async Task DelayAsync(AzureStateOptions state, Func<HistoryStoreHealth, Task> fail, string symptom, Func<Task> mend)
    {
        var (go, runs) = (new TaskCompletionSource(), 0);
        await using var host = await TestHost.StartAsync(
            tasks => tasks
                .AddActivityFunc<int, int>("Count", async (_, number) =>
                {
                    Interlocked.Increment(ref runs);
                    await go.Task;
                    return number;
                })
                .AddOrchestratorFunc<int, int>("O", async (context, _) => (await Task.WhenAll(Enumerable.Range(0, Width).Select(n => context.CallActivityAsync<int>("Count", n)))).Length),
            configure: options =>
            {
                options.UseAzureState(state, HostProbe.Hosting);
                options.MaxConcurrentActivities = Width;
            });
        var health = host.Services.GetRequiredService<HistoryStoreHealth>();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
        await Until.True(() => runs == Width, "the activities");
        Assert.Null(health.Trouble);

        var failed = fail(health);
        go.SetResult();
        await failed;

        var trouble = health.Trouble!;
        await mend();
        Assert.Contains(symptom, trouble.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("http://127.0.0.1:", trouble.Message);
        Assert.DoesNotContain('\n', trouble.Message);
        Assert.Equal(Width, (await host.EndOf("o")).ReadOutputAs<int>());
        Assert.Null(health.Trouble);
        Assert.Equal(Width, runs);
    }
}
