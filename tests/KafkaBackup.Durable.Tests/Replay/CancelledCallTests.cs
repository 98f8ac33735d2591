using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Replay;

public sealed class CancelledCallTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void A_cancelled_activity_is_dropped_and_its_late_result_ignored(bool reload)
    {
        var instance = new InstanceHarness("O", null, RaceWithEvent, reload);
        var call = Assert.Single(instance.Open).Call;

        instance.Raise("stop");

        Assert.Equal("After", Assert.Single(instance.Open).Call.Name);
        Assert.False(instance.Step(new() { Type = HistoryEventType.TaskCompleted, TaskId = call.TaskId, Output = "\"late\"" }));
        instance.Complete("After", "after");
        Assert.Equal("cancelled, after", instance.Output<string>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_cancellation_that_comes_too_late_changes_nothing(bool reload)
    {
        var instance = new InstanceHarness("O", null, RaceWithEvent, reload);

        instance.Complete("Slow", "slow");
        instance.Raise("stop");
        instance.Complete("After", "after");

        Assert.Equal("slow, after", instance.Output<string>());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_cancellation_ends_the_pause_between_two_attempts(bool reload)
    {
        var instance = new InstanceHarness("O", null, RaceWithEvent, reload);
        instance.Fail("Slow");
        Assert.Equal(HistoryEventType.TimerCreated, Assert.Single(instance.Open).Call.Type);

        instance.Raise("stop");
        instance.Complete("After", "after");

        Assert.Equal("cancelled, after", instance.Output<string>());
    }

    [Fact]
    public void A_call_with_a_token_that_is_cancelled_already_is_not_made()
    {
        var instance = new InstanceHarness("O", null, tasks => tasks.AddOrchestratorFunc<int, string>("O", async (context, _) =>
        {
            try
            {
                return await context.CallActivityAsync<string>("A", null, new TaskOptions { CancellationToken = new(canceled: true) });
            }
            catch (OperationCanceledException)
            {
                return "not made";
            }
        }));

        Assert.Equal("not made", instance.Output<string>());
        Assert.Empty(instance.Names(HistoryEventType.TaskScheduled));
    }

    private static void RaceWithEvent(DurableTaskRegistry tasks) => tasks.AddOrchestratorFunc<int, string>("O", async (context, _) =>
    {
        using var stop = new CancellationTokenSource();
        var slow = context.CallActivityAsync<string>("Slow", null, TaskOptions.FromRetryPolicy(new(3, TimeSpan.FromMinutes(1))) with { CancellationToken = stop.Token });
        var stopped = context.WaitForExternalEvent<object>("stop");
        if (await Task.WhenAny(slow, stopped) == stopped)
            stop.Cancel();
        string result;
        try
        {
            result = await slow;
        }
        catch (OperationCanceledException)
        {
            result = "cancelled";
        }
        return $"{result}, {await context.CallActivityAsync<string>("After")}";
    });
}
