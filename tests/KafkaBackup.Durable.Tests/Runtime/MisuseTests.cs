using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Runtime;

/// <summary>Orchestrators that do what they must not, in a host: parked, explained, whole, and on again after the repair.</summary>
public sealed class MisuseTests
{
    private const string ConfigureAwait = "ConfigureAwait(false)";
    private const string Clock = "a token that a clock cancels";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(300);

    public static TheoryData<string> Misuses =>
        ["Task.Delay", "Task.Delay beside an event", "Task.Run", ConfigureAwait, "ConfigureAwait(false) at the end", "Task.Run around a call", Clock, "another name"];

    [Theory, MemberData(nameof(Misuses))]
    public async Task Misuse_parks_the_instance_with_an_explanation_and_it_goes_on_after_the_repair(string misuse)
    {
        var store = new MemoryHistoryStore();
        await using (var before = await TestHost.StartAsync(Tasks("good"), store))
        {
            await before.Client.ScheduleNewOrchestrationInstanceAsync("O", null, new StartOrchestrationOptions("o"));
            await Until.True(async () => (await before.Client.GetHistoryAsync("o")).Any(each => each.Type == HistoryEventType.TaskCompleted), "the first activity");
        }
        var whole = (await store.LoadAsync("o", default))!.History;

        await using (var broken = await TestHost.StartAsync(Tasks(misuse), store))
        {
            await broken.Client.RaiseEventAsync("o", "go", "1").Bounded();
            if (misuse == ConfigureAwait)
                await broken.Client.RaiseEventAsync("o", "go", "2").Bounded(); // it waits for something durable, on the wrong thread
            // It ends in the status without anything more coming from outside.
            var parked = await broken.EndOf("o");
            Assert.True(parked.IsParked);
            Assert.Equal((OrchestrationRuntimeStatus.Running, false), (parked.RuntimeStatus, parked.IsCompleted));
            Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, parked.FailureDetails!.ErrorType);
            Assert.Contains(misuse == "another name" ? "'Renamed', where the history has #0, TaskScheduled 'A'" : "everything it awaits must come from its context", parked.FailureDetails.ErrorMessage);
            var history = await broken.Client.GetHistoryAsync("o");
            Assert.Equal(whole, history.Take(whole.Count));
            Assert.Equal(parked.FailureDetails.ErrorMessage, Assert.Single(history, each => each.Type == HistoryEventType.ExecutionParked).Reason);
            if (misuse != ConfigureAwait)
                await broken.Client.RaiseEventAsync("o", "go", "2").Bounded();
        }

        await using var repaired = await TestHost.StartAsync(Tasks(misuse == Clock ? "a timer" : "good"), store);

        Assert.Equal("a1b2", (await repaired.EndOf("o")).ReadOutputAs<string>());
        Assert.Null((await repaired.Client.GetInstanceAsync("o"))!.FailureDetails);
    }

    private static Action<DurableTaskRegistry> Tasks(string how) => tasks => tasks
        .AddActivityFunc<int, string>("A", (_, _) => Task.FromResult("a"))
        .AddActivityFunc<int, string>("B", (_, _) => Task.FromResult("b"))
        .AddOrchestratorFunc<int, string>("O", async (context, _) =>
        {
            var result = await context.CallActivityAsync<string>(how == "another name" ? "Renamed" : "A");
            result += await context.WaitForExternalEvent<string>("go");
            var second = context.WaitForExternalEvent<string>("go");
            switch (how)
            {
                case "Task.Delay":
                    await Task.Delay(Short);
                    break;
                case "Task.Delay beside an event":
                    await Task.WhenAny(second, Task.Delay(Short));
                    break;
                case "Task.Run":
                    await Task.Run(() => Task.Delay(Short));
                    break;
                case ConfigureAwait:
                    return result + await context.CallActivityAsync<string>("B").ConfigureAwait(false) + await second;
                case "ConfigureAwait(false) at the end":
                    await Task.Delay(Short).ConfigureAwait(false);
                    return result;
                case "Task.Run around a call":
                    return result + await Task.Run(() => context.CallActivityAsync<string>("B"));
                case Clock:
                    using (var clock = new CancellationTokenSource(Short))
                        await context.CreateTimer(Long, clock.Token);
                    break;
                case "a timer":
                    await context.CreateTimer(Long, CancellationToken.None);
                    break;
            }
            return result + await context.CallActivityAsync<string>("B") + await second;
        });
}
