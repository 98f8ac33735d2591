using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Tests.Support;
using Xunit;

namespace KafkaBackup.Durable.Tests.Crash;

public sealed class KillTests(ITestOutputHelper output)
{
    private const int Kills = 5;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_workflow_that_is_killed_again_and_again_ends_as_if_it_had_not_been()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DURABLE_CRASH_SEED"), out var given) ? given : Environment.TickCount;
        output.WriteLine($"DURABLE_CRASH_SEED={seed}");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        var effects = new EffectLog(folder.Path);
        var killed = 0;
        var completed = new List<(string Effect, int DoneBefore)>();

        for (var i = 0; i < Kills; i++)
        {
            using var probe = ProbeProcess.Start(folder.Path, "Journey");
            if (!await probe.KillAfterAsync(TimeSpan.FromMilliseconds(random.Next(500, 1500))))
                break;
            killed++;
            var effectsNow = effects.Read().Count;
            completed.AddRange((await CompletedActivities(folder.Path)).Select(effect => (effect, effectsNow)));
        }
        using var last = ProbeProcess.Start(folder.Path, "Journey");
        Assert.Equal($"Completed {Journey.ExpectedTotal}", await last.EndAsync(EndLimit));

        var all = effects.Read();
        output.WriteLine($"{killed} kills, {all.Count} attempts of {all.Distinct().Count()} activities, {completed.Count} completions looked at");
        Assert.True(killed > 0, "nothing was killed in the middle: the test proves nothing");
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

    /// <summary>The activities, as the effect log writes them, whose completion is committed.</summary>
    private static async Task<IReadOnlyList<string>> CompletedActivities(string folder)
    {
        var done = new List<string>();
        foreach (var id in (string[])[Journey.InstanceId, .. Enumerable.Range(0, Journey.Rounds).Select(round => $"{Journey.InstanceId}:{round}:{Journey.Width + 3}")])
        {
            var history = await History(folder, id);
            var scheduled = history.Where(each => each.Type == HistoryEventType.TaskScheduled).ToDictionary(each => each.TaskId);
            done.AddRange(history.Where(each => each.Type == HistoryEventType.TaskCompleted).Select(each => scheduled[each.TaskId])
                .Select(call => $"{call.Name} {call.Input!.Trim('"')}"));
        }
        return done;
    }

    private static async Task<IReadOnlyList<HistoryEvent>> History(string folder, string id)
    {
        await using var store = new SqliteHistoryStore(CrashProbe.StorePath(folder));
        await store.OpenAsync(CancellationToken.None);
        return (await store.LoadAsync(id, CancellationToken.None))?.History ?? [];
    }
}
