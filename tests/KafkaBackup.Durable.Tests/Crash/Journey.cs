namespace KafkaBackup.Durable.Tests.Crash;

/// <summary>A workflow of everything: fan-out, retry, a timer, a sub-orchestration, an event from outside, and ContinueAsNew for the next round.</summary>
internal static class Journey
{
    public const int Rounds = 5;
    public const int Width = 8;
    public const string InstanceId = "journey";

    public static int ExpectedTotal =>
        Enumerable.Range(0, Rounds).Sum(round => Enumerable.Range(0, Width).Sum(step => (100 * round) + step) + round + (2 * round) + round);

    public static void Add(DurableTaskRegistry tasks, EffectLog effects, string folder) => tasks
        .AddActivityFunc<string, int>("Step", async (context, key) =>
        {
            effects.Add($"Step {key}");
            await Task.Delay(20, context.CancellationToken);
            return Value(key);
        })
        .AddActivityFunc<string, int>("Flaky", (_, key) =>
        {
            effects.Add($"Flaky {key}");
            var marker = Path.Combine(folder, $"flaky-{key}");
            if (File.Exists(marker))
                return Task.FromResult(Value(key) / 100);
            File.WriteAllText(marker, "");
            throw new IOException("the first attempt fails");
        })
        .AddOrchestratorFunc<int, int>("Leg", async (context, round) =>
            await context.CallActivityAsync<int>("Step", $"{round}:leg-0") + await context.CallActivityAsync<int>("Step", $"{round}:leg-1"))
        .AddOrchestratorFunc<Progress, int>("Journey", async (context, progress) =>
        {
            var round = progress.Round;
            var steps = await Task.WhenAll(Enumerable.Range(0, Width).Select(step => context.CallActivityAsync<int>("Step", $"{round}:{step}")));
            await context.CreateTimer(TimeSpan.FromMilliseconds(30), CancellationToken.None);
            var flaky = await context.CallActivityAsync<int>("Flaky", $"{round}:0", TaskOptions.FromRetryPolicy(new(10, TimeSpan.FromMilliseconds(10))));
            var leg = await context.CallSubOrchestratorAsync<int>("Leg", round);
            context.SetCustomStatus($"go-{round}");
            var raised = await context.WaitForExternalEvent<int>($"go-{round}");
            var next = new Progress(round + 1, progress.Total + steps.Sum() + flaky + (leg / 100) + raised);
            if (next.Round < Rounds)
                context.ContinueAsNew(next);
            return next.Total;
        });

    private static int Value(string key)
    {
        var parts = key.Split(':');
        return (100 * int.Parse(parts[0])) + (int.TryParse(parts[1], out var step) ? step : 0);
    }

    internal sealed record Progress(int Round, int Total);
}
