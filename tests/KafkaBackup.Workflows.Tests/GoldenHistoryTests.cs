using KafkaBackup.Durable;
using KafkaBackup.Durable.Testing.Histories;
using KafkaBackup.Testing;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Merging;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Retention;
using Xunit;

namespace KafkaBackup.Workflows.Tests;

/// <summary>
/// Histories that earlier versions of the program have left replay against the orchestrators of today. If one does not, an instance that is in flight while the
/// program is upgraded would be parked: give the changed orchestrator a version of its own, or change it back. See Histories/README.md.
/// </summary>
public sealed class GoldenHistoryTests
{
    private static readonly string Folder = ProjectTree.PathOf("tests", "KafkaBackup.Workflows.Tests", "Histories");

    public static TheoryData<string> Recorded => [.. GoldenHistory.In(Folder)];

    [Theory, MemberData(nameof(Recorded))]
    public void A_recorded_history_replays_against_the_orchestrator_of_today(string name)
    {
        var history = GoldenHistory.Read(Folder, name);
        var result = GoldenHistory.Replay(() => CodeOf(history), history);
        Assert.Equal((true, history.Events[^1].Output), (result.IsCompleted, result.Output));
        Assert.Empty(result.OpenCalls);
        Assert.Equal(history.Events.Count(each => each.Type == HistoryEventType.TaskScheduled), result.Calls.Count);
    }

    [Fact]
    public void There_are_histories_of_every_orchestrator_and_of_every_way_through_it()
    {
        var histories = GoldenHistory.In(Folder).Select(name => GoldenHistory.Read(Folder, name)).ToList();
        Assert.Equal([nameof(BackupEpoch), nameof(MergeRepository), nameof(PruneRepository), nameof(RestoreEpoch)], histories.Select(each => each.Name).Distinct().Order());
        Assert.Contains(histories, each => each.Events.Any(line => line is { Type: HistoryEventType.TaskStarted, Attempt: > 1 }));
        Assert.Contains(histories, each => each.Events.Any(line => line.Type == HistoryEventType.ExecutionSuspended));
        Assert.Contains(histories, each => each.Name == nameof(RestoreEpoch) && each.Events.Any(line => line.Name == nameof(CommitOffsets)));
        Assert.Contains(histories, each => each.Name == nameof(RestoreEpoch) && each.Events.Count(line => line.Type == HistoryEventType.TaskScheduled) == 1);
        Assert.Contains(histories, each => each.Events.Count(line => line is { Type: HistoryEventType.TaskScheduled, Name: nameof(BackUpPartitions) }) > 1);
        foreach (var last in (string[])[nameof(PlanMerge), nameof(SealMerge), nameof(PlanPrune), nameof(CollectOrphans)])
            Assert.Contains(histories, each => each.Events.Last(line => line.Type == HistoryEventType.TaskScheduled).Name == last);
    }

    [Theory, MemberData(nameof(Recorded))]
    public void An_orchestrator_that_calls_otherwise_than_it_did_is_found_out(string name)
    {
        var history = GoldenHistory.Read(Folder, name);
        foreach (var call in history.Events.Where(each => each.Type == HistoryEventType.TaskScheduled))
        {
            // Seen from a history that has it otherwise, today's code is the changed one: another activity, another input, one call more.
            AssertFoundOut(history, each => each == call ? each with { Name = "Renamed" } : each);
            AssertFoundOut(history, each => each == call ? each with { Input = $"{{\"other\":1,{each.Input![1..]}" } : each);
            AssertFoundOut(history, each => each.TaskId == call.TaskId ? null : each);
        }
    }

    private static void AssertFoundOut(RecordedHistory history, Func<HistoryEvent, HistoryEvent?> change)
    {
        var changed = history with { Events = [.. history.Events.Select(change).OfType<HistoryEvent>()] };
        Assert.Throws<NonDeterministicOrchestrationException>(() => GoldenHistory.Replay(() => CodeOf(history), changed));
    }

    private static ITaskOrchestrator CodeOf(RecordedHistory history) => history.Name switch
    {
        nameof(BackupEpoch) => new BackupEpoch(),
        nameof(RestoreEpoch) => new RestoreEpoch(),
        nameof(MergeRepository) => new MergeRepository(),
        nameof(PruneRepository) => new PruneRepository(),
        _ => throw new ArgumentException($"there is no orchestrator {history.Name} any more, and '{history.InstanceId}' may be in flight"),
    };
}
