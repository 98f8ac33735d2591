using KafkaBackup.Durable.Replay;
using KafkaBackup.Durable.Stores.Sqlite;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Durable.Testing.Crash;
using KafkaBackup.Durable.Testing.Histories;
using KafkaBackup.Durable.Tests.Crash;
using KafkaBackup.Durable.Tests.Support;
using KafkaBackup.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace KafkaBackup.Durable.Tests.Replay;

/// <summary>Histories that earlier versions of the engine have left replay in this one. See Histories/README.md.</summary>
public sealed class GoldenHistoryTests
{
    private static readonly Journey.Plan Plan = new(2, 2, TimeSpan.FromMilliseconds(1));
    private static readonly string Folder = ProjectTree.PathOf("tests", "KafkaBackup.Durable.Tests", "Histories");

    public static TheoryData<string> Recorded => [.. GoldenHistory.In(Folder)];

    [Theory, MemberData(nameof(Recorded))]
    public void A_recorded_history_replays_in_the_engine_of_today(string name)
    {
        var history = GoldenHistory.Read(Folder, name);
        var result = GoldenHistory.Replay(() => CodeOf(history.Name), history);
        Assert.Equal((true, history.Events[^1].Output), (result.IsCompleted, result.Output));
        Assert.NotEmpty(result.Calls);
    }

    [Fact]
    public void There_are_histories_of_everything_that_an_orchestrator_can_do()
    {
        var types = GoldenHistory.In(Folder).SelectMany(name => GoldenHistory.Read(Folder, name).Events).Select(each => each.Type).ToHashSet();
        // What comes from outside, to an instance and not to its code, is in the histories of backups.
        Assert.Equal(
            [],
            Enum.GetValues<HistoryEventType>().Except(types).Except(
            [
                HistoryEventType.ExecutionSuspended, HistoryEventType.ExecutionResumed, HistoryEventType.ExecutionTerminated,
                HistoryEventType.ExecutionParked, HistoryEventType.ExecutionUnparked, HistoryEventType.SubOrchestrationInstanceFailed,
            ]));
    }

    [Fact]
    public async Task A_real_run_leaves_a_history_that_replays()
    {
        using var folder = new TemporaryFolder();
        var effects = new EffectLog(folder.Path);
        await using var host = await TestHost.StartAsync(
            tasks => Journey.Add(tasks, effects, Plan),
            configure: options => options.CreateStore = _ => new SqliteHistoryStore(Path.Combine(folder.Path, "history.db")));
        var client = host.Client.As("operator");
        var travelling = Journey.TravelAsync(client, default);
        await Until.True(async () => await client.GetInstanceAsync(Journey.InstanceId) is not null, "the start");
        await client.SuspendInstanceAsync(Journey.InstanceId, "lunch").Bounded();
        await client.ResumeInstanceAsync(Journey.InstanceId).Bounded();
        Assert.Equal(Journey.TotalOf(Plan), (await travelling.Bounded()).ReadOutputAs<int>());

        foreach (var instance in await client.GetAllInstancesAsync().ToListAsync())
        {
            var events = (await client.GetHistoryAsync(instance.InstanceId)).Select(each => each with { Failure = each.Failure is { } failure ? failure with { StackTrace = null } : null });
            var history = RecordedHistory.Of(instance, [.. events]); // a trace names files of the machine that built it
            Assert.Equal(history.Events[^1].Output, GoldenHistory.Replay(() => CodeOf(history.Name), history).Output);
            if (Environment.GetEnvironmentVariable("KAFKA_BACKUP_RECORD") is { Length: > 0 } name)
                await File.WriteAllBytesAsync(Path.Combine(Folder, $"{name}-{instance.InstanceId.Replace(':', '-')}.json"), history.Write());
        }
    }

    private static ITaskOrchestrator CodeOf(string name)
    {
        var registry = new DurableTaskRegistry();
        Journey.Add(registry, NoEffects.Instance, Plan);
        return registry.CreateOrchestrator(name, null, new ServiceCollection().BuildServiceProvider());
    }

    private sealed class NoEffects : IEffects
    {
        public static readonly NoEffects Instance = new();

        public int Add(string line) => throw new InvalidOperationException($"a replay has the effect {line}");

        public IReadOnlyList<string> Read() => [];
    }
}
