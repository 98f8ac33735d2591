using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Testing.Crash;
using KafkaBackup.Durable.Tests.Support;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Durable.Tests.Crash;

public sealed class KillTests
{
    private const int Kills = 5;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_workflow_that_is_killed_again_and_again_ends_as_if_it_had_not_been()
    {
        var random = new Random(TestSize.Seed);
        using var folder = new TemporaryFolder();
        var effects = new EffectLog(folder.Path);
        var killed = 0;
        var completed = new List<(string Effect, int DoneBefore)>();

        for (var i = 0; i < Kills; i++)
        {
            var enough = effects.Read().Count + random.Next(2, 12);
            using var probe = ProbeProcess.Start(folder.Path, "Journey");
            await Until.True(() => effects.Read().Count >= enough || probe.HasEnded, "some activities");
            if (!await probe.KillAfterAsync(TimeSpan.FromMilliseconds(random.Next(20))))
                break;
            killed++;
            var effectsNow = effects.Read().Count;
            completed.AddRange((await CompletedActivities(folder.Path)).Select(effect => (effect, effectsNow)));
        }
        using var last = ProbeProcess.Start(folder.Path, "Journey");
        Assert.Equal($"Completed {Journey.TotalOf(CrashProbe.LongPlan)}", await last.EndAsync(EndLimit));

        var all = effects.Read();
        Figures.Print($"killed at random (seed {TestSize.Seed}): {killed} kills, {all.Count} attempts of {all.Distinct().Count()} activities, {completed.Count} completions looked at");
        Assert.True(killed == Kills && completed.Count > 0, "too little was killed in the middle: the test proves nothing");
        foreach (var (effect, doneBefore) in completed)
            Assert.DoesNotContain(effect, all.Skip(doneBefore));
    }

    [Fact]
    public async Task The_history_shows_the_attempt_that_a_kill_cut_off_and_the_one_that_followed()
    {
        using var folder = new TemporaryFolder();
        var effects = new EffectLog(folder.Path);
        using (var first = ProbeProcess.Start(folder.Path, "Hanging"))
        {
            await Until.True(() => effects.Read().Count > 0, "the first attempt");
            Assert.True(await first.KillAfterAsync(TimeSpan.Zero));
        }
        using var second = ProbeProcess.Start(folder.Path, "Hanging");
        Assert.Equal("Completed \"attempt 2\"", await second.EndAsync(EndLimit));

        var history = await History(folder.Path, "hanging");
        var started = history.Where(each => each.Type == HistoryEventType.TaskStarted).ToList();
        Assert.Equal([1, 2], started.Select(each => each.Attempt));
        Assert.Equal(2, started.Select(each => each.HostName).Distinct().Count());
        var ending = Assert.Single(history, each => each.Type == HistoryEventType.TaskCompleted);
        Assert.Equal((2, started[1].HostName, started[1].Timestamp), (ending.Attempt, ending.HostName, ending.StartedAt!.Value));
        Assert.Equal(["HangOnce 1", "HangOnce 2"], effects.Read());
    }

    private static async Task<IReadOnlyList<string>> CompletedActivities(string folder)
    {
        await using var store = new SqliteHistoryStore(CrashProbe.StorePath(folder));
        await store.OpenAsync(CancellationToken.None);
        return await Journey.CompletedAsync(store);
    }

    private static async Task<IReadOnlyList<HistoryEvent>> History(string folder, string id)
    {
        await using var store = new SqliteHistoryStore(CrashProbe.StorePath(folder));
        await store.OpenAsync(CancellationToken.None);
        return (await store.LoadAsync(id, CancellationToken.None))?.History ?? [];
    }
}
