namespace KafkaBackup.Durable.AzureStorage.Tests.Cluster;

/// <summary>An orchestration that goes on, round by round, until a file tells it to come to its end.</summary>
internal static class Workload
{
    public const string Name = "Rounds";
    private const int Width = 6;
    private const int RoundsInARun = 10;
    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(150);

    /// <summary>Lets every instance come to its end with its next round.</summary>
    public static void End(string folder) => File.WriteAllText(StopFile(folder), "");

    /// <summary>What an instance has to give after so many rounds.</summary>
    public static long TotalOf(int rounds) => Enumerable.Range(0, rounds).Sum(round => Enumerable.Range(0, Width).Sum(step => (long)(round * Width) + step));

    /// <summary>The activities of that many rounds.</summary>
    public static IEnumerable<string> ActivitiesOf(int rounds) => Enumerable.Range(0, rounds * Width).Select(number => $"{number}");

    public static void Add(DurableTaskRegistry tasks, Deeds deeds, string folder) => tasks
        .AddActivityFunc<int, int>("Step", async (context, number) =>
        {
            deeds.Add(DeedKind.Attempt, context.InstanceId, $"{number}");
            await Task.Delay(StepTime, context.CancellationToken);
            return number;
        })
        .AddActivityFunc<int, bool>("IsOver", (_, _) => Task.FromResult(File.Exists(StopFile(folder))))
        .AddOrchestratorFunc<Progress, Progress>(Name, async (context, progress) =>
        {
            for (var i = 0; i < RoundsInARun; i++)
            {
                var round = progress.Rounds;
                var steps = await Task.WhenAll(Enumerable.Range(0, Width).Select(step => context.CallActivityAsync<int>("Step", (round * Width) + step)));
                progress = new(round + 1, progress.Total + steps.Sum(step => (long)step));
                if (await context.CallActivityAsync<bool>("IsOver", round))
                    return progress;
            }
            context.ContinueAsNew(progress);
            return progress;
        });

    private static string StopFile(string folder) => Path.Combine(folder, "stop");

    /// <param name="Rounds">Rounds that are done.</param>
    /// <param name="Total">The sum of what their steps gave.</param>
    internal sealed record Progress(int Rounds, long Total);
}
