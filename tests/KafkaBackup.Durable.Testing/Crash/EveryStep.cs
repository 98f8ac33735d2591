using System.Collections.Concurrent;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using Xunit;

namespace KafkaBackup.Durable.Testing.Crash;

/// <summary>
/// A workflow of everything is stopped dead before and after a commit, and resumed: the same result each time, and no activity whose completion was committed runs
/// again.
/// </summary>
public static class EveryStep
{
    /// <summary>How often a point is tried that other commits got in the way of.</summary>
    public const int MostTries = 20;

    /// <summary>How long a journey may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int AtOnce = 2;
    private static readonly Journey.Plan Plan = new(2, 2, TimeSpan.FromMilliseconds(1));

    /// <summary>Before and after every commit.</summary>
    public static IEnumerable<StopPoint> Points(int commits) => Enumerable.Range(1, commits).SelectMany(commit => (StopPoint[])[new(commit, false), new(commit, true)]);

    /// <summary>The commits of a run that nothing stops.</summary>
    public static async Task<int> CountCommitsAsync()
    {
        var store = new StoppingStore(new MemoryHistoryStore(), new(0, false), () => { });
        var effects = new MemoryEffects();
        await using var host = await StartAsync(store, effects);
        using var patience = new CancellationTokenSource(Patience);
        Verify((await Journey.TravelAsync(host.Client, patience.Token)).SerializedOutput, effects.Read(), []);
        return store.Commits;
    }

    /// <returns>What went wrong, with the points where it did.</returns>
    public static async Task<IReadOnlyCollection<string>> TryAllAsync(IEnumerable<StopPoint> points, Func<StopPoint, Task> tryPoint)
    {
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(points, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (point, _) =>
        {
            try
            {
                await tryPoint(point);
            }
            catch (Exception failure)
            {
                failures.Add($"{point}: {failure}");
            }
        });
        return failures;
    }

    /// <summary>Stops a host in this process, and resumes on the same store.</summary>
    /// <param name="point">Where.</param>
    /// <param name="open">Makes an empty store.</param>
    public static async Task StopInProcessAsync(StopPoint point, Func<Task<IHistoryStore>> open)
    {
        for (var tries = 1; ; tries++)
        {
            var (store, effects) = (await open(), new MemoryEffects());
            using var stopped = new CancellationTokenSource(Patience);
            var stopping = new StoppingStore(store, point, stopped.Cancel);
            var first = await StartAsync(stopping, effects);
            try
            {
                await Journey.TravelAsync(first.Client, stopped.Token);
            }
            catch (Exception) when (stopped.IsCancellationRequested)
            {
                // The host is dead: whoever asks it gets no answer.
            }
            if (!stopped.IsCancellationRequested && tries < MostTries)
            {
                // What was committed apart last time was committed together in this one, and the point was not reached.
                await first.DisposeAsync();
                continue;
            }
            Assert.True(stopped.IsCancellationRequested, "the point was not reached");
            Assert.InRange(stopping.Commits, point.Commit, int.MaxValue);
            await first.DisposeAsync();
            await ResumeAsync(store, store, effects);
            return;
        }
    }

    /// <summary>Goes on where a host was stopped, to the end.</summary>
    /// <param name="store">The store; opened by the host.</param>
    /// <param name="look">The same, to look at before.</param>
    /// <param name="effects">What has been done so far.</param>
    public static async Task ResumeAsync(IHistoryStore store, IHistorySource look, IEffects effects)
    {
        var completed = await Journey.CompletedAsync(look);
        var before = effects.Read();
        await using var second = await StartAsync(store, effects);
        using var patience = new CancellationTokenSource(Patience);
        var end = await Journey.TravelAsync(second.Client, patience.Token);
        Verify(end.SerializedOutput, effects.Read(), completed.Select(activity => (activity, before.Count)));
    }

    private static void Verify(string? output, IReadOnlyList<string> effects, IEnumerable<(string Activity, int DoneBefore)> completed)
    {
        Assert.Equal($"{Journey.TotalOf(Plan)}", output);
        Assert.Equal(Journey.ActivitiesOf(Plan).Order(), effects.Distinct().Order());
        foreach (var (activity, doneBefore) in completed)
            Assert.DoesNotContain(activity, effects.Skip(doneBefore));
    }

    private static Task<TestHost> StartAsync(IHistoryStore store, IEffects effects) => TestHost.StartAsync(
        tasks => Journey.Add(tasks, effects, Plan),
        store,
        options =>
        {
            options.MaxConcurrentActivities = 1; // so that commits come one by one
            options.DrainTimeout = TimeSpan.Zero;
        });
}
