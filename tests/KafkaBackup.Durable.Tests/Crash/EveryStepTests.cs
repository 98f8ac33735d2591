using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Stores.Memory;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing.Crash;
using KafkaBackup.Durable.Tests.Support;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Crash;

/// <summary>See <see cref="EveryStep"/>.</summary>
public sealed class EveryStepTests
{
    [Fact]
    public async Task Stopped_before_and_after_every_commit_and_resumed_it_ends_the_same()
    {
        var commits = await EveryStep.CountCommitsAsync();
        var failures = await EveryStep.TryAllAsync(
            EveryStep.Points(commits), point => EveryStep.StopInProcessAsync(point, () => Task.FromResult<IHistoryStore>(new MemoryHistoryStore())));
        Figures.Print($"crash at every step, in process: {commits} commits, points tried: {2 * commits}, failures: {failures.Count}");
        Assert.Empty(failures);
    }

    [Fact]
    public async Task Killed_before_and_after_a_commit_and_resumed_it_ends_the_same()
    {
        var commits = await EveryStep.CountCommitsAsync();
        var all = EveryStep.Points(commits).ToList();
        var random = new Random(TestSize.Seed);
        var points = TestSize.IsNightly ? all : [.. all.OrderBy(_ => random.Next()).Take(20)];
        var failures = await EveryStep.TryAllAsync(points, KillProcessAsync);
        Figures.Print($"crash at every step, kill -9 of a process: {commits} commits, points tried: {points.Count} (seed {TestSize.Seed}), failures: {failures.Count}");
        Assert.Empty(failures);
    }

    private static async Task KillProcessAsync(StopPoint point)
    {
        for (var tries = 1; ; tries++)
        {
            using var folder = new TemporaryFolder();
            using (var probe = ProbeProcess.Start(folder.Path, "Journey", point.ToString()))
            {
                if (!await probe.HasKilledItselfAsync(EveryStep.Patience) && tries < EveryStep.MostTries)
                    continue;
                Assert.True(probe.WasKilled, "the point was not reached");
            }
            await using var look = new SqliteHistoryFile(CrashProbe.StorePath(folder.Path));
            await using var store = new SqliteHistoryStore(CrashProbe.StorePath(folder.Path));
            await EveryStep.ResumeAsync(store, look, new EffectLog(folder.Path));
            return;
        }
    }
}
