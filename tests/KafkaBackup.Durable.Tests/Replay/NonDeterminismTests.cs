using KafkaBackup.Durable.Replay;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Replay;

public sealed class NonDeterminismTests
{
    private static readonly Action<DurableTaskRegistry> AThenB = Code(async context =>
        await context.CallActivityAsync<string>("A") + await context.CallActivityAsync<string>("B"));

    public static TheoryData<string> Misuses => ["Task.Delay", "Task.Run", "ConfigureAwait(false)", "a task of its own"];

    [Theory, MemberData(nameof(Misuses))]
    public void Awaiting_what_is_not_durable_parks_the_instance(string misuse)
    {
        var never = new TaskCompletionSource();
        var instance = new InstanceHarness("O", null, Code(async context =>
        {
            await context.CallActivityAsync("A");
            switch (misuse)
            {
                case "Task.Delay":
                    await Task.Delay(TimeSpan.FromMinutes(1));
                    break;
                case "Task.Run":
                    await Task.Run(() => never.Task);
                    break;
                case "ConfigureAwait(false)":
                    await Task.Delay(TimeSpan.FromMinutes(1)).ConfigureAwait(false);
                    break;
                default:
                    await never.Task;
                    break;
            }
            return "";
        }));

        instance.Complete("A");

        AssertParked(instance, "durable");
        Assert.Single(instance.Names(HistoryEventType.TaskCompleted));
    }

    [Fact]
    public async Task Continuing_on_another_thread_is_found_out_at_the_next_event()
    {
        var escape = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var escaped = new TaskCompletionSource();
        var instance = new InstanceHarness("O", null, Code(async context =>
        {
            var waiting = context.WaitForExternalEvent<string>("e");
            await escape.Task.ConfigureAwait(false);
            try
            {
                await context.CallActivityAsync("Elsewhere");
            }
            finally
            {
                escaped.SetResult();
            }
            return await waiting;
        }));
        escape.SetResult();
        await escaped.Task.Bounded();

        instance.Raise("e", "e");

        AssertParked(instance, "left its own thread");
        Assert.Empty(instance.Open);
    }

    [Theory]
    [InlineData("renamed", "A2", "B")]
    [InlineData("reordered", "B", "A")]
    public void Calls_that_are_renamed_or_reordered_park_the_instance(string how, string first, string second)
    {
        var instance = new InstanceHarness("O", null, AThenB);
        instance.Complete("A", "a");

        instance.Reload(Code(async context => await context.CallActivityAsync<string>(first) + await context.CallActivityAsync<string>(second)));

        AssertParked(instance, $"'{first}', where the history has #0, TaskScheduled 'A'", how);
    }

    [Fact]
    public void A_call_that_is_removed_parks_the_instance()
    {
        var instance = new InstanceHarness("O", null, AThenB);
        instance.Complete("A", "a");

        instance.Reload(Code(context => context.CallActivityAsync<string>("A")));

        AssertParked(instance, "call #1, TaskScheduled 'B', which the code does not make");
    }

    [Fact]
    public void A_call_that_is_added_in_the_past_parks_the_instance()
    {
        var instance = new InstanceHarness("O", null, AThenB);
        instance.Complete("A", "a");

        instance.Reload(Code(async context =>
        {
            var rest = await context.CallActivityAsync<string>("A") + await context.CallActivityAsync<string>("B");
            return rest;
        }));
        Assert.False(instance.Row.IsParked);
        instance.Reload(Code(async context =>
        {
            var a = context.CallActivityAsync<string>("A");
            _ = context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
            return await a + await context.CallActivityAsync<string>("B");
        }));

        AssertParked(instance, "#1, TimerCreated, where the history has #1, TaskScheduled 'B'");
    }

    [Fact]
    public void What_comes_while_parked_is_kept_and_the_repaired_code_goes_on()
    {
        var instance = new InstanceHarness("O", null, AThenB);
        instance.Complete("A", "a");
        instance.Reload(Code(context => context.CallActivityAsync<string>("Wrong")));
        AssertParked(instance, "'Wrong'");

        instance.Complete("B", "b");
        instance.Raise("e", "e");
        instance.Reload();
        AssertParked(instance, "'Wrong'");
        instance.Reload(Code(async context => await context.CallActivityAsync<string>("A") + await context.CallActivityAsync<string>("B")
            + await context.WaitForExternalEvent<string>("e") + await context.CallActivityAsync<string>("C")));

        Assert.False(instance.Row.IsParked);
        Assert.Null(instance.Row.Failure);
        instance.Reload();
        instance.Complete("C", "c");
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "abec"), (instance.Row.Status, instance.Output<string>()));
        Assert.Equal(
            ["ExecutionParked", "ExecutionUnparked"],
            instance.History.Select(each => $"{each.Type}").Where(type => type.EndsWith("parked", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void A_parked_instance_whose_code_only_had_to_end_ends_when_it_is_repaired()
    {
        var instance = new InstanceHarness("O", null, Code(async context =>
        {
            await context.CallActivityAsync("A");
            await Task.Delay(TimeSpan.FromMinutes(1));
            return "";
        }));
        instance.Complete("A");

        instance.Reload(Code(async context =>
        {
            await context.CallActivityAsync("A");
            return "repaired";
        }));

        Assert.Equal((OrchestrationRuntimeStatus.Completed, "repaired"), (instance.Row.Status, instance.Output<string>()));
        instance.Reload();
        Assert.Equal(OrchestrationRuntimeStatus.Completed, instance.Row.Status);
    }

    [Fact]
    public void An_instance_without_code_is_parked_until_the_code_is_registered()
    {
        var instance = new InstanceHarness("O", null, AThenB);

        instance.Reload(_ => { });
        AssertParked(instance, "No orchestrator named 'O'");
        instance.Complete("A", "a");
        instance.Reload(AThenB);
        instance.Complete("B", "b");

        Assert.Equal("ab", instance.Output<string>());
    }

    [Fact]
    public void A_parked_instance_can_be_terminated()
    {
        var instance = new InstanceHarness("O", null, AThenB);
        instance.Reload(_ => { });

        instance.Send(HistoryEventType.ExecutionTerminated);

        Assert.Equal((OrchestrationRuntimeStatus.Terminated, false), (instance.Row.Status, instance.Row.IsParked));
    }

    [Fact]
    public void The_replayer_accepts_a_history_of_the_code_and_refuses_one_of_other_code()
    {
        var instance = new InstanceHarness("O", null, AThenB);
        instance.Complete("A", "a");
        var code = new TwoSteps("A", "B");

        var midway = OrchestrationReplayer.Replay(code, "i", instance.History);
        instance.Complete("B", "b");
        var end = OrchestrationReplayer.Replay(code, "i", instance.History);

        Assert.Equal((false, "B"), (midway.IsCompleted, Assert.Single(midway.OpenCalls).Name));
        Assert.Equal((true, "\"ab\""), (end.IsCompleted, end.Output));
        Assert.Throws<NonDeterministicOrchestrationException>(() => OrchestrationReplayer.Replay(new TwoSteps("A", "C"), "i", instance.History));
        Assert.Throws<NonDeterministicOrchestrationException>(() => OrchestrationReplayer.Replay(new TwoSteps("A", "B", "suffix"), "i", instance.History));
    }

    private static Action<DurableTaskRegistry> Code(Func<TaskOrchestrationContext, Task<string>> code) =>
        tasks => tasks.AddOrchestratorFunc<int, string>("O", (context, _) => code(context));

    private static void AssertParked(InstanceHarness instance, string reason, string? because = null)
    {
        Assert.True(instance.Row.IsParked, because ?? "not parked");
        Assert.Equal(OrchestrationRuntimeStatus.Running, instance.Row.Status);
        Assert.Contains(reason, instance.Row.Failure!.ErrorMessage);
        Assert.Single(instance.History, each => each.Type == HistoryEventType.ExecutionParked);
    }

    private sealed class TwoSteps(string first, string second, string suffix = "") : TaskOrchestrator<int, string>
    {
        public override async Task<string> RunAsync(TaskOrchestrationContext context, int input) =>
            await context.CallActivityAsync<string>(first) + await context.CallActivityAsync<string>(second) + suffix;
    }
}
