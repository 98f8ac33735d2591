using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

/// <summary>What the host knows for a secret is refused where it would be kept, and taken out where it is told.</summary>
public sealed class SecretTests
{
    private const string Secret = "hunter2-hunter2";
    private readonly MemoryHistoryStore store = new();

    [Fact]
    public async Task An_input_a_tag_an_event_its_name_and_an_output_of_a_termination_that_hold_one_are_refused_and_nothing_is_kept()
    {
        await using var host = await StartAsync();
        await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", "fine", new StartOrchestrationOptions("w"));
        foreach (var refused in (Func<Task>[])[
            () => host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Secret, new StartOrchestrationOptions("x")),
            () => host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions("x") { Tags = new Dictionary<string, string> { ["t"] = Secret } }),
            () => host.Client.RaiseEventAsync("w", "go", new { password = Secret }),
            () => host.Client.RaiseEventAsync("w", Secret),
            () => host.Client.TerminateInstanceAsync("w", new TerminateInstanceOptions(Secret))])
            await Assert.ThrowsAsync<SecretInHistoryException>(() => refused().Bounded());

        Assert.Equal(["w"], (await host.Client.GetAllInstancesAsync().ToListAsync()).Select(each => each.InstanceId));
        Assert.Equal(HistoryEventType.ExecutionStarted, Assert.Single(await host.Client.GetHistoryAsync("w")).Type);
    }

    [Fact]
    public async Task A_requester_a_reason_a_failure_and_a_progress_are_told_without_it()
    {
        await using var host = await StartAsync();
        await host.Client.As($"ann {Secret}").ScheduleNewOrchestrationInstanceAsync("Work", "tell", new StartOrchestrationOptions("p"));
        var progress = await Until.NotNull(async () => (await host.Client.GetProgressAsync("p")).FirstOrDefault(each => each.SerializedProgress is not null), "progress");
        Assert.Equal("\"at ***\"", progress.SerializedProgress);
        await host.Client.SuspendInstanceAsync("p", $"because {Secret}");
        await host.Client.TerminateInstanceAsync("p");
        var failed = await host.RunAsync("Work", "throw", "f");
        var refused = await host.RunAsync("Work", "return", "r");

        Assert.Equal(("ann ***", "because ***"), ((await host.Client.GetInstanceAsync("p"))!.RequestedBy, (await host.Client.GetHistoryAsync("p")).Single(each => each.Reason is not null).Reason));
        Assert.Contains("with ***", failed.FailureDetails!.ToString());
        Assert.Equal(typeof(SecretInHistoryException).FullName, refused.FailureDetails!.InnerFailure!.ErrorType);
        foreach (var id in (string[])["p", "f", "r"])
            Assert.DoesNotContain(Secret, string.Join('\n', (await host.Client.GetHistoryAsync(id)).Select(HistoryJson.Write)));
    }

    private Task<TestHost> StartAsync() => TestHost.StartAsync(
        tasks => tasks
            .AddActivityFunc<string, string>("Do", async (context, what) =>
            {
                context.ReportProgress($"at {Secret}");
                if (what == "throw")
                    throw new InvalidOperationException($"with {Secret}", new IOException(Secret));
                if (what == "return")
                    return Secret;
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return "";
            })
            .AddOrchestratorFunc<string, string>("Wait", (context, _) => context.WaitForExternalEvent<string>("go"))
            .AddOrchestratorFunc<string, string>("Work", (context, what) => context.CallActivityAsync<string>("Do", what)),
        store,
        options => options.Redact = text => text.Replace(Secret, "***", StringComparison.Ordinal));
}
