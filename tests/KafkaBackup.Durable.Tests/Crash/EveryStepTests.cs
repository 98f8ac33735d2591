using System.Collections.Concurrent;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Crash;

/// <summary>
/// A workflow of everything is stopped dead before and after every single commit, and resumed: the same result each time, and no activity whose completion was
/// committed runs again.
/// </summary>
public sealed class EveryStepTests
{
    private const int AtOnce = 2;
    private const int MostTries = 20;
    private static readonly Journey.Plan Plan = new(2, 2, TimeSpan.FromMilliseconds(1));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Stopped_before_and_after_every_commit_and_resumed_it_ends_the_same()
    {
        var commits = await CountCommitsAsync();
        var failures = await TryAllAsync(Points(commits), point => StopInProcessAsync(point));
        Figures.Print($"crash at every step, in process: {commits} commits, points tried: {2 * commits}, failures: {failures.Count}");
        Assert.Empty(failures);
    }

    [Fact]
    public async Task Killed_before_and_after_a_commit_and_resumed_it_ends_the_same()
    {
        var commits = await CountCommitsAsync();
        var all = Points(commits).ToList();
        var random = new Random(TestSize.Seed);
        var points = TestSize.IsNightly ? all : [.. all.OrderBy(_ => random.Next()).Take(20)];
        var failures = await TryAllAsync(points, KillProcessAsync);
        Figures.Print($"crash at every step, kill -9 of a process: {commits} commits, points tried: {points.Count} (seed {TestSize.Seed}), failures: {failures.Count}");
        Assert.Empty(failures);
    }

    private static IEnumerable<StopPoint> Points(int commits) => Enumerable.Range(1, commits).SelectMany(commit => (StopPoint[])[new(commit, false), new(commit, true)]);

    /// <summary>A run that nothing stops.</summary>
    private static async Task<int> CountCommitsAsync()
    {
        var store = new StoppingStore(new MemoryHistoryStore(), new(0, false), () => { });
        var effects = new MemoryEffects();
        await using var host = await StartAsync(store, effects);
        using var patience = new CancellationTokenSource(Patience);
        Verify((await Journey.TravelAsync(host.Client, patience.Token)).SerializedOutput, effects.Read(), []);
        return store.Commits;
    }

    private static async Task<IReadOnlyCollection<string>> TryAllAsync(IEnumerable<StopPoint> points, Func<StopPoint, Task> tryPoint)
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

    private static async Task StopInProcessAsync(StopPoint point)
    {
        for (var tries = 1; ; tries++)
        {
            var (store, effects) = (new MemoryHistoryStore(), new MemoryEffects());
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

    private static async Task KillProcessAsync(StopPoint point)
    {
        for (var tries = 1; ; tries++)
        {
            using var folder = new TemporaryFolder();
            using (var probe = ProbeProcess.Start(folder.Path, "Journey", point.ToString()))
            {
                if (!await probe.HasKilledItselfAsync(Patience) && tries < MostTries)
                    continue;
                Assert.True(probe.WasKilled, "the point was not reached");
            }
            await using var look = new SqliteHistoryFile(CrashProbe.StorePath(folder.Path));
            await using var store = new SqliteHistoryStore(CrashProbe.StorePath(folder.Path));
            await ResumeAsync(store, look, new EffectLog(folder.Path));
            return;
        }
    }

    private static async Task ResumeAsync(IHistoryStore store, IHistorySource look, IEffects effects)
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
