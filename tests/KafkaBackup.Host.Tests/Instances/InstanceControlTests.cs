using KafkaBackup.Durable;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Instances;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Host.Tests.Instances;

public sealed class InstanceControlTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private IHost _host = null!;

    private DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    private InstanceControl Control => new(Client.As("ann"), _clock);

    public async ValueTask InitializeAsync()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddDurableTasks(
            tasks => tasks
                .AddOrchestratorFunc<int, int>("Echo", (_, n) => n < 0 ? throw new ArgumentException("negative") : Task.FromResult(n))
                .AddOrchestratorFunc<int, int>("Wait", (context, _) => context.WaitForExternalEvent<int>("go"))
                .AddOrchestratorFunc<int, int>("Parent", (context, _) => context.CallSubOrchestratorAsync<int>("Wait", null, new TaskOptions().WithInstanceId("child"))),
            options => options.TimeProvider = _clock);
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task One_is_suspended_and_resumed_as_often_as_it_is_asked_and_who_asked_is_recorded_once()
    {
        await StartAsync("Wait", "w");
        for (var i = 0; i < 2; i++)
            Assert.Equal("Suspended", (await Control.SuspendAsync("w", "lunch", default)).RuntimeStatus);
        for (var i = 0; i < 2; i++)
            Assert.Equal("Running", (await Control.ResumeAsync("w", null, default)).RuntimeStatus);
        Assert.Equal(
            ["Wait was asked for", "suspended by ann: lunch", "resumed by ann"], AuditTrail.Of(await Client.GetHistoryAsync("w")).Select(line => line.Text));
    }

    [Fact]
    public async Task What_is_over_is_neither_suspended_nor_resumed_nor_terminated()
    {
        await RunAsync("done", 1);
        foreach (var steer in (Func<Task>[])[
            () => Control.SuspendAsync("done", null, default), () => Control.ResumeAsync("done", null, default), () => Control.TerminateAsync("done", null, false, default)])
            Assert.StartsWith("'done' is over, it is Completed since 2026-03-01 12:00:00Z: ", (await Assert.ThrowsAsync<InstanceRefusedException>(steer)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_unknown_is_unknown_to_every_one_of_them()
    {
        foreach (var steer in (Func<Task>[])[
            () => Control.SuspendAsync("x", null, default), () => Control.ResumeAsync("x", null, default),
            () => Control.TerminateAsync("x", null, false, default), () => Control.PurgeAsync("x", default)])
            await Assert.ThrowsAsync<InstanceNotFoundException>(steer);
    }

    [Fact]
    public async Task A_termination_reaches_the_children_only_if_that_is_asked_and_may_be_asked_again_for_them()
    {
        await StartAsync("Parent", "p");
        await WaitForAsync("child");
        var ended = await Control.TerminateAsync("p", "enough", false, default);
        Assert.Equal(("Terminated", "enough", "Running"), (ended.RuntimeStatus, ended.Output!.Value.GetString(), (await Client.GetInstanceAsync("child"))!.RuntimeStatus.ToString()));
        Assert.Equal("Terminated", (await Control.TerminateAsync("p", "once more", true, default)).RuntimeStatus);
        Assert.Equal("Terminated", (await Client.GetInstanceAsync("child"))!.RuntimeStatus.ToString());
        Assert.Equal("terminated by ann: enough", AuditTrail.Of(await Client.GetHistoryAsync("p"))[^1].Text);
    }

    [Fact]
    public async Task Only_what_is_over_and_awaited_by_nobody_is_purged_and_its_children_go_with_it()
    {
        await StartAsync("Parent", "p");
        await WaitForAsync("child");
        Assert.Contains("'p' is not over, it is Running: 'kafka-backup terminate p' ends it", (await Assert.ThrowsAsync<InstanceRefusedException>(() => Control.PurgeAsync("p", default))).Message, StringComparison.Ordinal);
        await Client.RaiseEventAsync("child", "go", 1);
        await Client.WaitForInstanceCompletionAsync("p").WaitAsync(Patience);
        Assert.Equal(["p"], (await Control.PurgeAsync("p", default)).Instances);
        Assert.Null(await Client.GetInstanceAsync("child"));
    }

    [Fact]
    public async Task Of_those_that_have_been_over_for_long_enough_the_ones_that_fit_are_named_or_purged()
    {
        await StartAsync("Wait", "alive");
        await RunAsync("old", 1);
        await RunAsync("old-failed", -1);
        _clock.Advance(TimeSpan.FromHours(2));
        await RunAsync("young", 1);
        var old = new PurgeRequest(TimeSpan.FromHours(1), [], DryRun: true);

        Assert.Equal(["old", "old-failed"], (await Control.PurgeAsync(old, default)).Instances);
        Assert.Equal(["old-failed"], (await Control.PurgeAsync(old with { Statuses = [OrchestrationRuntimeStatus.Failed] }, default)).Instances);
        Assert.Equal(4, await CountAsync());
        Assert.Equal(["old", "old-failed"], (await Control.PurgeAsync(old with { DryRun = false }, default)).Instances);
        Assert.Equal(2, await CountAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["young"], (await Control.PurgeAsync(new PurgeRequest(TimeSpan.Zero, [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Running], false), default)).Instances);
        Assert.NotNull(await Client.GetInstanceAsync("alive"));
    }

    [Fact]
    public void A_status_is_read_whatever_its_case_and_one_that_makes_no_sense_is_named()
    {
        Assert.Equal([OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Completed], InstanceStatuses.Parse(["failed, COMPLETED"], InstanceStatuses.Over, out var none));
        Assert.Null(none);
        InstanceStatuses.Parse(["Running"], InstanceStatuses.Over, out var live);
        Assert.Equal("'Running' is no status of what is over; there are Completed, Failed, Terminated", live);
        InstanceStatuses.Parse(["ended"], InstanceStatuses.All, out var unknown);
        Assert.StartsWith("'ended' is no status; there are Running, ", unknown, StringComparison.Ordinal);
    }

    private Task<string> StartAsync(string name, string id, object? input = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(id));

    private async Task RunAsync(string id, int input)
    {
        await StartAsync("Echo", id, input);
        await Client.WaitForInstanceCompletionAsync(id).WaitAsync(Patience);
    }

    private async Task WaitForAsync(string id)
    {
        var end = TimeProvider.System.GetUtcNow() + Patience;
        while (await Client.GetInstanceAsync(id) is not { RuntimeStatus: OrchestrationRuntimeStatus.Running })
        {
            Assert.True(TimeProvider.System.GetUtcNow() < end, $"{id} did not start");
            await Task.Delay(10);
        }
    }

    private async Task<int> CountAsync() => (await Client.GetAllInstancesAsync().ToListAsync()).Count;
}
