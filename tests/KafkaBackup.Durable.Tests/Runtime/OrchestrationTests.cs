using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

/// <summary>Whole workflows in a host.</summary>
public sealed class OrchestrationTests
{
    [Fact]
    public async Task Two_hundred_activities_fan_out_and_their_results_come_together()
    {
        await using var host = await TestHost.StartAsync(tasks => tasks
            .AddActivityFunc<int, int>("Square", (_, n) => Task.FromResult(n * n))
            .AddOrchestratorFunc<int, int>("Sum", async (context, n) =>
                (await Task.WhenAll(Enumerable.Range(0, n).Select(i => context.CallActivityAsync<int>("Square", i)))).Sum()));

        var end = await host.RunAsync("Sum", 200, "sum");

        Assert.Equal((OrchestrationRuntimeStatus.Completed, Enumerable.Range(0, 200).Sum(i => i * i)), (end.RuntimeStatus, end.ReadOutputAs<int>()));
        var history = await host.Client.GetHistoryAsync("sum");
        Assert.Equal(200, history.Count(each => each.Type == HistoryEventType.TaskStarted && each.Attempt == 1 && each.HostName == "host-1"));
        Assert.Equal(200, history.Count(each => each.Type == HistoryEventType.TaskCompleted && each.StartedAt is not null));
        Assert.Equal(history.Select(each => each.Timestamp).Order(), history.Select(each => each.Timestamp));
    }

    [Fact]
    public async Task No_more_activities_run_at_once_than_allowed()
    {
        var (now, most) = (0, 0);
        await using var host = await TestHost.StartAsync(
            tasks => tasks
                .AddActivityFunc<int, int>("Count", async (context, n) =>
                {
                    var running = Interlocked.Increment(ref now);
                    InterlockedMax(ref most, running);
                    await Task.Delay(5, context.CancellationToken);
                    Interlocked.Decrement(ref now);
                    return n;
                })
                .AddOrchestratorFunc<int, int>("Many", async (context, n) =>
                    (await Task.WhenAll(Enumerable.Range(0, n).Select(i => context.CallActivityAsync<int>("Count", i)))).Length),
            configure: options => options.MaxConcurrentActivities = 3);

        await host.RunAsync("Many", 30);

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task Sub_orchestrations_bring_results_and_failures_to_their_parents()
    {
        await using var host = await TestHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc<int, int>("Child", (context, n) => n > 0 ? Task.FromResult(n * 2) : throw new ArgumentException("not positive"))
            .AddOrchestratorFunc<int, string>("Parent", async (context, _) =>
            {
                var good = await context.CallSubOrchestratorAsync<int>("Child", 21);
                try
                {
                    return $"{await context.CallSubOrchestratorAsync<int>("Child", -1)}";
                }
                catch (TaskFailedException failed)
                {
                    return $"{good} {failed.FailureDetails.IsCausedBy<ArgumentException>()} {failed.FailureDetails.ErrorMessage}";
                }
            }));

        var end = await host.RunAsync("Parent", instanceId: "p");

        Assert.Equal("42 True not positive", end.ReadOutputAs<string>());
        Assert.Equal("p", (await host.Client.GetInstanceAsync("p:0:0"))!.ParentInstanceId);
    }

    [Fact]
    public async Task What_is_not_registered_fails_the_call_and_not_the_host()
    {
        await using var host = await TestHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc<int, string>("Parent", async (context, _) =>
            {
                var messages = new List<string>();
                foreach (var call in (Func<Task>[])[() => context.CallActivityAsync("Nobody"), () => context.CallSubOrchestratorAsync("Nothing")])
                {
                    try
                    {
                        await call();
                    }
                    catch (TaskFailedException failed)
                    {
                        messages.Add(failed.FailureDetails.ErrorMessage);
                    }
                }
                return string.Join(" ", messages);
            }));

        var end = await host.RunAsync("Parent");

        Assert.Equal("No activity named 'Nobody' is registered on this host. No orchestrator named 'Nothing' is registered on this host.", end.ReadOutputAs<string>());
        await Assert.ThrowsAsync<ArgumentException>(() => host.Client.ScheduleNewOrchestrationInstanceAsync("Nothing"));
    }

    [Fact]
    public async Task A_sub_orchestration_under_an_id_that_is_taken_fails()
    {
        await using var host = await TestHost.StartAsync(tasks => tasks
            .AddOrchestratorFunc<int, int>("Child", (context, n) => Task.FromResult(n))
            .AddOrchestratorFunc<int, int>("Parent", (context, _) => context.CallSubOrchestratorAsync<int>("Child", 1, new SubOrchestrationOptions(instanceId: "taken"))));
        await host.RunAsync("Child", 0, "taken");

        var end = await host.RunAsync("Parent");

        Assert.Equal("The instance id 'taken' belongs to another instance.", end.FailureDetails!.InnerFailure!.ErrorMessage);
    }

    [Fact]
    public async Task A_parked_instance_says_why_and_does_not_keep_its_waiter()
    {
        await using var host = await TestHost.StartAsync(tasks => tasks.AddOrchestratorFunc<int, int>("Bad", async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1));
            return 0;
        }));

        var end = await host.RunAsync("Bad");

        Assert.True(end.IsParked);
        Assert.Equal(OrchestrationRuntimeStatus.Running, end.RuntimeStatus);
        Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, end.FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task Each_attempt_gets_an_activity_from_a_scope_of_its_own()
    {
        await using var host = await TestHost.StartAsync(tasks => tasks.AddActivity<Scoped>().AddOrchestrator<ScopedOrchestrator>());

        var end = await host.RunAsync(nameof(ScopedOrchestrator), "x");

        Assert.Equal("x 1 x 1", end.ReadOutputAs<string>());
        Assert.Equal("x", end.ReadInputAs<string>());
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }

    private sealed class Scoped : TaskActivity<string, string>
    {
        private int runs;

        public override Task<string> RunAsync(TaskActivityContext context, string input) => Task.FromResult($"{input} {++runs}");
    }

    private sealed class ScopedOrchestrator : TaskOrchestrator<string, string>
    {
        public override async Task<string> RunAsync(TaskOrchestrationContext context, string input) =>
            $"{await context.CallActivityAsync<string>(nameof(Scoped), input)} {await context.CallActivityAsync<string>(nameof(Scoped), input)}";
    }
}
