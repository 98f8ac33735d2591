using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Replay;

public sealed class ContinueAsNewTests
{
    [Theory, InlineData(false), InlineData(true)]
    public void It_starts_over_with_the_new_input_and_the_events_nobody_took(bool reload)
    {
        var instance = new InstanceHarness("O", 1, tasks => tasks.AddOrchestratorFunc<int, string>("O", async (context, round) =>
        {
            if (round == 2)
                return $"{context.GetInput<int>()} {await context.WaitForExternalEvent<string>("kept")}";
            await context.CallActivityAsync("First");
            context.ContinueAsNew(2);
            return "";
        }), reload);

        instance.Raise("kept", "event");
        instance.Complete("First");

        Assert.Equal("2 event", instance.Output<string>());
        Assert.Equal((1, "2"), (instance.Row.Generation, instance.Row.Input));
        Assert.Equal(
            [HistoryEventType.ContinueAsNew, HistoryEventType.ExecutionStarted, HistoryEventType.EventRaised, HistoryEventType.ExecutionCompleted],
            instance.History.Select(each => each.Type));
    }

    [Fact]
    public void It_drops_the_events_and_the_open_work_if_so_asked()
    {
        var instance = new InstanceHarness("O", 1, tasks => tasks.AddOrchestratorFunc<int, string>("O", async (context, round) =>
        {
            if (round == 2)
                return await context.WaitForExternalEvent<string>("event");
            _ = context.CallActivityAsync("Forgotten");
            await context.CallActivityAsync("First");
            context.ContinueAsNew(2, preserveUnprocessedEvents: false);
            return "";
        }));
        var stale = instance.Open.First().Call;

        instance.Raise("event", "old");
        instance.Complete("First");

        Assert.Equal("Forgotten", Assert.Single(instance.Dropped).Call.Name);
        Assert.False(instance.Step(new() { Type = HistoryEventType.TaskCompleted, TaskId = stale.TaskId, Generation = stale.Generation }));
        Assert.Equal(OrchestrationRuntimeStatus.Running, instance.Row.Status);
        instance.Raise("event", "new");
        Assert.Equal("new", instance.Output<string>());
    }

    [Fact]
    public void Rounds_without_a_wait_are_each_committed()
    {
        var instance = new InstanceHarness("O", 1, tasks => tasks.AddOrchestratorFunc<int, int>("O", (context, round) =>
        {
            if (round < 50)
                context.ContinueAsNew(round + 1);
            return Task.FromResult(round);
        }));

        Assert.Equal((50, 49, OrchestrationRuntimeStatus.Completed), (instance.Output<int>(), instance.Row.Generation, instance.Row.Status));
    }
}
