using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Replay;

/// <summary>What an orchestrator can do, each time with its instance kept in memory and with it replayed before every event.</summary>
public sealed class OrchestratorFeatureTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void The_result_of_an_activity_comes_back(bool reload)
    {
        var instance = Run<int>(reload, async context => await context.CallActivityAsync<int>("Add", new[] { 1, 2 }) * 10);
        Assert.Equal("[1,2]", Assert.Single(instance.Open).Call.Input);

        instance.Complete("Add", 3);

        Assert.Equal((OrchestrationRuntimeStatus.Completed, 30), (instance.Row.Status, instance.Output<int>()));
        Assert.Equal(
            [HistoryEventType.ExecutionStarted, HistoryEventType.TaskScheduled, HistoryEventType.TaskCompleted, HistoryEventType.ExecutionCompleted],
            instance.History.Select(each => each.Type));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Activities_in_parallel_may_end_in_any_order(bool reload)
    {
        var instance = Run<string>(reload, async context => string.Concat(await Task.WhenAll(
            context.CallActivityAsync<string>("A"), context.CallActivityAsync<string>("B"), context.CallActivityAsync<string>("C"))));

        instance.Complete("C", "c");
        instance.Complete("A", "a");
        instance.Complete("B", "b");

        Assert.Equal("abc", instance.Output<string>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_failed_activity_is_an_exception_with_the_failure_as_data(bool reload)
    {
        var instance = Run<string>(reload, async context =>
        {
            try
            {
                await context.CallActivityAsync("Break");
                return "";
            }
            catch (TaskFailedException failed)
            {
                return $"{failed.TaskName} {failed.TaskId} {failed.FailureDetails.ErrorMessage} {failed.FailureDetails.IsCausedBy<SystemException>()} "
                    + failed.FailureDetails.IsCausedBy<ArgumentException>();
            }
        });

        instance.Fail("Break", new FileNotFoundException("gone"));

        Assert.Equal("Break 0 gone True False", instance.Output<string>());
    }

    [Fact]
    public void An_exception_of_the_orchestrator_fails_the_instance_with_its_causes()
    {
        var instance = Run<int>(false, context => context.CallActivityAsync<int>("Break"));

        instance.Fail("Break", new IOException("disk", new TimeoutException("cable")));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.Row.Status);
        Assert.Equal(typeof(TaskFailedException).FullName, instance.Row.Failure!.ErrorType);
        Assert.Equal(("disk", "cable"), (instance.Row.Failure.InnerFailure!.ErrorMessage, instance.Row.Failure.InnerFailure.InnerFailure!.ErrorMessage));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_timer_fires_at_its_time_and_the_clock_stands_there(bool reload)
    {
        var instance = Run<DateTime>(reload, async context =>
        {
            await context.CreateTimer(TimeSpan.FromDays(400), CancellationToken.None);
            return context.CurrentUtcDateTime;
        });
        var start = instance.Now;

        instance.FireTimer();

        Assert.Equal(start.UtcDateTime.AddDays(400), instance.Output<DateTime>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_cancelled_timer_is_dropped(bool reload)
    {
        var instance = Run<string>(reload, async context =>
        {
            using var moot = new CancellationTokenSource();
            var timer = context.CreateTimer(TimeSpan.FromHours(1), moot.Token);
            await context.CallActivityAsync("First");
            moot.Cancel();
            try
            {
                await timer;
            }
            catch (OperationCanceledException)
            {
                await context.CallActivityAsync("Second");
            }
            return "cancelled";
        });

        instance.Complete("First");

        Assert.Equal("Second", Assert.Single(instance.Open).Call.Name);
        instance.Complete("Second");
        Assert.Equal("cancelled", instance.Output<string>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Events_are_kept_until_someone_waits_and_come_in_order_whatever_their_case(bool reload)
    {
        var instance = Run<string>(reload, async context =>
        {
            await context.CallActivityAsync("First");
            return await context.WaitForExternalEvent<string>("go") + await context.WaitForExternalEvent<string>("go") + await context.WaitForExternalEvent<string>("GO");
        });

        instance.Raise("Go", "1");
        instance.Raise("other", "x");
        instance.Raise("go", "2");
        instance.Complete("First");
        instance.Raise("gO", "3");

        Assert.Equal("123", instance.Output<string>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_wait_for_an_event_can_run_out_and_leaves_the_event_for_the_next(bool reload)
    {
        var instance = Run<string>(reload, async context =>
        {
            try
            {
                return await context.WaitForExternalEvent<string>("go", TimeSpan.FromMinutes(1));
            }
            catch (OperationCanceledException)
            {
                return "late " + await context.WaitForExternalEvent<string>("go");
            }
        });

        instance.FireTimer();
        instance.Raise("go", "but there");

        Assert.Equal("late but there", instance.Output<string>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_sub_orchestration_has_an_id_of_its_own_and_brings_its_result(bool reload)
    {
        var instance = Run<int>(reload, async context =>
            await context.CallSubOrchestratorAsync<int>("Child", 7) + await context.CallSubOrchestratorAsync<int>("Child", 8, new SubOrchestrationOptions(instanceId: "chosen")));

        var first = Assert.Single(instance.Open).Call;
        instance.Complete("Child", 1);
        var second = Assert.Single(instance.Open).Call;
        instance.Complete("Child", 2);

        Assert.Equal(("i:0:0", "7", "chosen", "8"), (first.InstanceId, first.Input, second.InstanceId, second.Input));
        Assert.Equal(3, instance.Output<int>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void While_suspended_nothing_moves_and_nothing_is_lost(bool reload)
    {
        var instance = Run<string>(reload, async context =>
            await context.CallActivityAsync<string>("A") + await context.WaitForExternalEvent<string>("e") + await context.CallActivityAsync<string>("B"));

        instance.Send(HistoryEventType.ExecutionSuspended);
        instance.Complete("A", "a");
        instance.Raise("e", "e");
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, instance.Row.Status);
        Assert.Empty(instance.Open);
        instance.Send(HistoryEventType.ExecutionResumed);
        Assert.Equal(OrchestrationRuntimeStatus.Running, instance.Row.Status);
        instance.Complete("B", "b");

        Assert.Equal("aeb", instance.Output<string>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_terminated_instance_keeps_its_output_and_takes_nothing_more(bool reload)
    {
        var instance = Run<string>(reload, context => context.CallActivityAsync<string>("A"));
        var call = Assert.Single(instance.Open).Call;

        instance.Step(new() { Type = HistoryEventType.ExecutionTerminated, Output = "\"enough\"" });

        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), (instance.Row.Status, instance.Output<string>()));
        Assert.Equal("A", Assert.Single(instance.Dropped).Call.Name);
        Assert.False(instance.Step(new() { Type = HistoryEventType.TaskCompleted, TaskId = call.TaskId }));
        Assert.False(instance.Step(new() { Type = HistoryEventType.EventRaised, Name = "e" }));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_result_that_comes_twice_counts_once(bool reload)
    {
        var instance = Run<string>(reload, async context => await context.CallActivityAsync<string>("A") + await context.WaitForExternalEvent<string>("e"));
        instance.Complete("A", "a");

        Assert.False(instance.Step(new() { Type = HistoryEventType.TaskCompleted, TaskId = 0, Output = "\"again\"" }));
        instance.Raise("e", "e");

        Assert.Equal("ae", instance.Output<string>());
    }

    [Fact]
    public void Guids_and_the_clock_are_the_same_in_every_replay()
    {
        static async Task<string> Code(TaskOrchestrationContext context)
        {
            var before = $"{context.NewGuid()} {context.NewGuid()} {context.CurrentUtcDateTime:O}";
            await context.CallActivityAsync("A");
            return $"{before} {context.NewGuid()} {context.CurrentUtcDateTime:O}";
        }
        var outputs = new List<string>();
        foreach (var reload in (bool[])[false, true])
        {
            var instance = Run<string>(reload, Code);
            instance.Wait(TimeSpan.FromSeconds(5));
            instance.Complete("A");
            outputs.Add(instance.Output<string>()!);
        }

        Assert.Equal(outputs[0], outputs[1]);
        Assert.Equal(5, outputs[0].Split(' ').Distinct().Count());
    }

    [Fact]
    public void Custom_status_and_parent_are_seen()
    {
        var instance = new InstanceHarness("O", null, tasks => tasks.AddOrchestratorFunc<int, string>("O", async (context, _) =>
        {
            context.SetCustomStatus(new { At = "A" });
            await context.CallActivityAsync("A");
            return $"{context.Name} {context.InstanceId} {context.Parent!.Name} {context.Parent.InstanceId}";
        }), parent: new("p", "Parent", 0, 3));

        Assert.Equal("{\"at\":\"A\"}", instance.Row.CustomStatus);
        instance.Complete("A");
        Assert.Equal("O i Parent p", instance.Output<string>());
    }

    [Fact]
    public void A_replay_safe_logger_is_silent_in_replays()
    {
        using var loggers = new RecordingLoggers();
        var instance = new InstanceHarness("O", null, tasks => tasks.AddOrchestratorFunc<int, int>("O", async (context, _) =>
        {
            var logger = context.CreateReplaySafeLogger("orchestrator");
            RecordingLoggers.Write(logger, "before");
            await context.CallActivityAsync("A");
            RecordingLoggers.Write(logger, "after");
            return 0;
        }), reload: true, loggers: loggers);
        instance.Reload();
        instance.Complete("A");

        Assert.Equal(["before", "after"], loggers.Lines);
    }

    private static InstanceHarness Run<T>(bool reload, Func<TaskOrchestrationContext, Task<T>> code) =>
        new("O", null, tasks => tasks.AddOrchestratorFunc<int, T>("O", (context, _) => code(context)), reload);
}
