using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

/// <summary>What a history tells of who, when, where, what and how often.</summary>
public sealed class AuditTests
{
    [Fact]
    public async Task Whatever_is_asked_from_outside_is_recorded_with_who_asked()
    {
        await using var host = await StartAsync();
        var tags = new Dictionary<string, string> { ["plan"] = "hourly", ["a"] = "1" };
        await host.Client.As("ann").ScheduleNewOrchestrationInstanceAsync("O", 5, new StartOrchestrationOptions("o") { Tags = tags, Version = "1.0" });
        await host.Client.As("bob").SuspendInstanceAsync("o", "lunch");
        await host.Client.As("cid").ResumeInstanceAsync("o");
        await host.Client.RaiseEventAsync("o", "nobody says");
        await host.Client.As("dan").RaiseEventAsync("o", "go", 2);
        await host.EndOf("o");

        var history = await host.Client.GetHistoryAsync("o");
        Assert.Equal(
            ["ExecutionStarted ann", "ExecutionSuspended bob", "ExecutionResumed cid", "EventRaised ", "EventRaised dan"],
            history.Where(each => each.TaskId == HistoryEvent.NoTask && each.Type != HistoryEventType.ExecutionCompleted).Select(each => $"{each.Type} {each.RequestedBy}"));
        var instance = (await host.Client.GetInstanceAsync("o"))!;
        Assert.Equal(("ann", "1.0", "1 hourly"), (instance.RequestedBy, instance.Version, string.Join(' ', instance.Tags.OrderBy(tag => tag.Key).Select(tag => tag.Value))));
        Assert.Equal("{\"a\":\"1\",\"plan\":\"hourly\"}", history[0].Tags);
        // A sub-orchestration was asked for by whoever asked for its parent.
        Assert.Equal("ann", (await host.Client.GetInstanceAsync("o:0:1"))!.RequestedBy);
        Assert.Equal("{\"what\":\"child\"}", (await host.Client.GetHistoryAsync("o:0:1"))[0].Tags);
    }

    [Fact]
    public async Task Every_attempt_is_recorded_with_its_host_its_time_its_result_and_its_failure()
    {
        await using var host = await StartAsync();

        await host.RunAsync("Retry", instanceId: "r");

        var history = await host.Client.GetHistoryAsync("r");
        Assert.Equal([1, 2, 3], history.Where(each => each.Type == HistoryEventType.TaskStarted).Select(each => each.Attempt));
        var endings = history.Where(each => each.Type is HistoryEventType.TaskFailed or HistoryEventType.TaskCompleted).ToList();
        Assert.Equal(["not yet", "not yet", "3"], endings.Select(each => each.Failure?.ErrorMessage ?? each.Output));
        Assert.All(endings, ending =>
        {
            Assert.Equal("host-1", ending.HostName);
            Assert.Contains(history, each => each.Type == HistoryEventType.TaskStarted && each.TaskId == ending.TaskId && each.Timestamp == ending.StartedAt);
        });
        Assert.All(history.Where(each => each.Type == HistoryEventType.TaskScheduled), call => Assert.Equal("\"in\"", call.Input));
    }

    [Fact]
    public async Task The_failure_of_a_cause_of_a_cause_is_carried_as_data()
    {
        await using var host = await StartAsync();

        var end = await host.RunAsync("Deep", instanceId: "d");

        var chain = new List<string>();
        for (var failure = end.FailureDetails; failure is not null; failure = failure.InnerFailure)
            chain.Add($"{failure.ErrorType.Split('.')[^1]}: {failure.ErrorMessage}");
        Assert.Equal(
            [
                "TaskFailedException: Task 'DeepChild' (#0) failed: Task 'Throw' (#0) failed: outer",
                "TaskFailedException: Task 'Throw' (#0) failed: outer",
                "InvalidOperationException: outer", "IOException: middle", "TimeoutException: inner",
            ],
            chain);
        Assert.Contains("AuditTests", end.FailureDetails!.InnerFailure!.InnerFailure!.StackTrace);
    }

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(tasks => tasks
        .AddActivityFunc<string, int>("Third", (context, _) => context.Attempt == 3 ? Task.FromResult(3) : throw new IOException("not yet"))
        .AddActivityFunc<string, int>("Throw", (_, _) => throw new InvalidOperationException("outer", new IOException("middle", new TimeoutException("inner"))))
        .AddOrchestratorFunc<int, int>("Child", (_, n) => Task.FromResult(n))
        .AddOrchestratorFunc<int, int>("DeepChild", (context, _) => context.CallActivityAsync<int>("Throw"))
        .AddOrchestratorFunc<int, int>("Deep", (context, _) => context.CallSubOrchestratorAsync<int>("DeepChild"))
        .AddOrchestratorFunc<int, int>("Retry", (context, _) => context.CallActivityAsync<int>("Third", "in", TaskOptions.FromRetryPolicy(new(5, TimeSpan.FromMilliseconds(1)))))
        .AddOrchestratorFunc<int, int>("O", "1.0", async (context, _) =>
        {
            var raised = await context.WaitForExternalEvent<int>("go");
            await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
            return await context.CallSubOrchestratorAsync<int>("Child", raised, new TaskOptions(Tags: new Dictionary<string, string> { ["what"] = "child" }));
        }));
}
