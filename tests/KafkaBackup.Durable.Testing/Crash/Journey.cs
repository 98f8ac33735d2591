using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Testing.Crash;

/// <summary>A workflow of everything: fan-out, retry, a timer, a sub-orchestration, an event from outside, and ContinueAsNew for the next round.</summary>
public static class Journey
{
    public const string InstanceId = "journey";

    /// <summary>The result, whatever happens on the way.</summary>
    public static int TotalOf(Plan plan) => Enumerable.Range(0, plan.Rounds).Sum(round =>
        Enumerable.Range(0, plan.Width).Sum(step => (100 * round) + step) // the fan-out
        + (100 * round) // the flaky one
        + (100 * round) + 1 // the leg
        + round); // the event

    /// <summary>Every activity that is called on the way, as the effect log writes it.</summary>
    public static IReadOnlyList<string> ActivitiesOf(Plan plan) =>
    [
        .. from round in Enumerable.Range(0, plan.Rounds)
           from activity in (string[])[.. Enumerable.Range(0, plan.Width).Select(step => $"Step {round}:{step}"), $"Flaky {round}:0", $"Leg {round}:1"]
           select activity,
    ];

    /// <param name="tasks">Where it is registered.</param>
    /// <param name="effects">Where each beginning of an activity is written down.</param>
    /// <param name="plan">How long the way is.</param>
    public static void Add(DurableTaskRegistry tasks, IEffects effects, Plan plan)
    {
        foreach (var name in (string[])["Step", "Leg", "Flaky"])
        {
            tasks.AddActivityFunc<string, int>(name, async (context, key) =>
            {
                var before = effects.Add($"{name} {key}");
                await Task.Delay(plan.StepTime, context.CancellationToken);
                return name == "Flaky" && before == 0 ? throw new IOException("the first attempt fails") : ValueOf(key);
            });
        }
        tasks
            .AddOrchestratorFunc<int, int>("Side", (context, round) => context.CallActivityAsync<int>("Leg", $"{round}:1"))
            .AddOrchestratorFunc<Progress, int>("Journey", async (context, progress) =>
            {
                var round = progress.Round;
                var steps = await Task.WhenAll(Enumerable.Range(0, plan.Width).Select(step => context.CallActivityAsync<int>("Step", $"{round}:{step}")));
                await context.CreateTimer(plan.StepTime, CancellationToken.None);
                var flaky = await context.CallActivityAsync<int>("Flaky", $"{round}:0", TaskOptions.FromRetryPolicy(new(10, TimeSpan.FromMilliseconds(1))));
                var leg = await context.CallSubOrchestratorAsync<int>("Side", round);
                context.SetCustomStatus($"go-{round}");
                var raised = await context.WaitForExternalEvent<int>($"go-{round}");
                var next = new Progress(round + 1, progress.Total + steps.Sum() + flaky + leg + raised);
                if (next.Round < plan.Rounds)
                    context.ContinueAsNew(next);
                return next.Total;
            });
    }

    /// <summary>Starts it, or finds it, raises the events that its status asks for, and waits for its end.</summary>
    public static async Task<OrchestrationMetadata> TravelAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        await client.ScheduleNewOrchestrationInstanceAsync("Journey", new Progress(0, 0), new StartOrchestrationOptions(InstanceId), cancellation);
        var asked = "";
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var now = await client.GetInstanceAsync(InstanceId, getInputsAndOutputs: true, cancellation);
            if (now is { IsCompleted: true } or { IsParked: true })
                return now;
            if (now?.ReadCustomStatusAs<string>() is { } wanted && wanted != asked)
            {
                asked = wanted;
                await client.RaiseEventAsync(InstanceId, wanted, int.Parse(wanted.AsSpan("go-".Length)), cancellation);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(2), cancellation);
        }
    }

    /// <summary>The activities whose completion is in a store.</summary>
    public static async Task<IReadOnlyList<string>> CompletedAsync(IHistorySource store)
    {
        var done = new List<string>();
        foreach (var row in (await store.ListAsync(new(PageSize: 1000), default)).Values)
        {
            var history = (await store.LoadAsync(row.Id, default))?.History ?? [];
            var scheduled = history.Where(each => each.Type == HistoryEventType.TaskScheduled).ToDictionary(each => each.TaskId);
            done.AddRange(history.Where(each => each.Type == HistoryEventType.TaskCompleted).Select(each => scheduled[each.TaskId])
                .Select(call => $"{call.Name} {call.Input!.Trim('"')}"));
        }
        return done;
    }

    private static int ValueOf(string key)
    {
        var parts = key.Split(':');
        return (100 * int.Parse(parts[0])) + int.Parse(parts[1]);
    }

    public sealed record Progress(int Round, int Total);

    /// <param name="Rounds">Runs of the instance.</param>
    /// <param name="Width">Activities at once.</param>
    /// <param name="StepTime">How long an activity and the timer take.</param>
    public sealed record Plan(int Rounds, int Width, TimeSpan StepTime);
}
