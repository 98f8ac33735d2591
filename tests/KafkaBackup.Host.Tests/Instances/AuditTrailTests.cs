using KafkaBackup.Durable;
using KafkaBackup.Host.Instances;
using Xunit;

namespace KafkaBackup.Host.Tests.Instances;

public sealed class AuditTrailTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_was_done_once_and_what_was_done_again_is_told_in_plain_words()
    {
        var trail = AuditTrail.Of(
        [
            Event(0, HistoryEventType.ExecutionStarted, name: "BackupEpoch") with { Input = "{\"topics\":[\"a\"]}" },
            Event(0, HistoryEventType.TaskScheduled, 0, "FixCut"),
            Event(1, HistoryEventType.TaskStarted, 0) with { HostName = "one/1" },
            Event(5, HistoryEventType.TaskStarted, 0) with { HostName = "two/2" },
            Event(7, HistoryEventType.TaskCompleted, 0) with { HostName = "two/2", StartedAt = Start.AddSeconds(1.5), Output = "7" },
            Event(7, HistoryEventType.ExecutionSuspended) with { Reason = "lunch" },
            Event(8, HistoryEventType.ExecutionResumed),
            Event(8, HistoryEventType.TaskScheduled, 1, "SealEpoch"),
            Event(8, HistoryEventType.TaskStarted, 1),
            Event(9, HistoryEventType.TaskFailed, 1) with { Failure = new TaskFailureDetails("X", "no disk", null, null) },
            Event(10, HistoryEventType.ExecutionCompleted) with { Failure = new TaskFailureDetails("X", "no disk", null, null) },
        ]);

        Assert.Equal(
            [
                "BackupEpoch was asked for", "FixCut is to be done", "FixCut is begun",
                "FixCut is begun again (attempt 2): attempt 1 did not come to its end", "FixCut is done, at attempt 2", "suspended: lunch", "resumed",
                "SealEpoch is to be done", "SealEpoch is begun", "SealEpoch failed: no disk", "failed: no disk",
            ],
            trail.Select(t => t.Text));
        Assert.Equal([null, null, 1, 2, 2, null, null, null, 1, 1, null], trail.Select(t => t.Attempt));
        Assert.Equal([null, null, null, null, 5.5, null, 1.0, null, null, 1.0, 10.0], trail.Select(t => t.Seconds));
        Assert.Equal("two/2", trail[4].Host);
        Assert.Equal((7, "a"), (trail[4].Output!.Value.GetInt32(), trail[0].Input!.Value.GetProperty("topics")[0].GetString()));
        Assert.Equal((null, "no disk"), (trail[4].Error, trail[9].Error));
        Assert.Equal([null, 0], trail.Take(2).Select(t => t.TaskId));
    }

    [Fact]
    public void Waits_retries_and_sub_orchestrations_are_told_with_how_long_they_took()
    {
        var trail = AuditTrail.Of(
        [
            Event(0, HistoryEventType.TaskScheduled, 0, "Step"),
            Event(0, HistoryEventType.TaskStarted, 0) with { Attempt = 1 },
            Event(1, HistoryEventType.TaskFailed, 0) with { Attempt = 1, Failure = new TaskFailureDetails("X", "no disk", null, null) },
            Event(1, HistoryEventType.TimerCreated, 1) with { FireAt = Start.AddSeconds(4) },
            Event(4, HistoryEventType.TimerFired, 1),
            Event(4, HistoryEventType.TaskScheduled, 2, "Step") with { Attempt = 2 },
            Event(5, HistoryEventType.TaskStarted, 2) with { Attempt = 2 },
            Event(7, HistoryEventType.TaskCompleted, 2) with { Attempt = 2 },
            Event(7, HistoryEventType.SubOrchestrationInstanceCreated, 3, "Child") with { InstanceId = "i:0:3" },
            Event(9, HistoryEventType.SubOrchestrationInstanceCompleted, 3),
            Event(9, HistoryEventType.ExecutionParked) with { Reason = "changed" },
            Event(12, HistoryEventType.ExecutionUnparked),
        ]);

        Assert.Equal(
            [
                "Step is to be done", "Step is begun", "Step failed: no disk", "waiting until 2026-05-04 10:00:04Z", "the wait is over", "Step is to be done",
                "Step is begun again (attempt 2) after its failure", "Step is done, at attempt 2", "Child is to be run as i:0:3", "Child has completed",
                "parked until the code fits the history again: changed", "the code fits the history again",
            ],
            trail.Select(t => t.Text));
        Assert.Equal([null, null, 1.0, null, 3.0, null, null, 2.0, null, 2.0, null, 3.0], trail.Select(t => t.Seconds));
        Assert.Equal([null, 1, 1, null, null, null, 2, 2, null, null, null, null], trail.Select(t => t.Attempt));
        Assert.Equal(["i:0:3", "i:0:3"], trail.Where(t => t.TaskId == 3).Select(t => t.InstanceId));
    }

    [Fact]
    public void What_came_from_outside_is_told_with_who_asked()
    {
        var trail = AuditTrail.Of(
        [
            Event(0, HistoryEventType.ExecutionStarted, name: "BackupEpoch") with { RequestedBy = "plan hourly" },
            Event(1, HistoryEventType.ExecutionSuspended) with { RequestedBy = "ann", Reason = "lunch" },
            Event(2, HistoryEventType.ExecutionResumed) with { RequestedBy = "bob" },
            Event(3, HistoryEventType.EventRaised, name: "go") with { RequestedBy = "cid" },
            Event(4, HistoryEventType.EventRaised, name: "go"),
            Event(5, HistoryEventType.ExecutionTerminated) with { RequestedBy = "dan", Output = "\"enough\"" },
        ]);

        Assert.Equal(
            ["BackupEpoch was asked for by plan hourly", "suspended by ann: lunch", "resumed by bob", "event go came from cid", "event go came", "terminated by dan: enough"],
            trail.Select(t => t.Text));
        Assert.Equal(["plan hourly", "ann", "bob", "cid", null, "dan"], trail.Select(t => t.RequestedBy));
    }

    [Fact]
    public void Every_kind_of_event_is_told_in_words()
    {
        foreach (var type in Enum.GetValues<HistoryEventType>())
        {
            var text = AuditTrail.Of([Event(0, type, 0, "Name") with { FireAt = Start, InstanceId = "i" }])[0].Text;
            Assert.NotEqual(type.ToString(), text);
        }
    }

    private static HistoryEvent Event(double seconds, HistoryEventType type, int task = HistoryEvent.NoTask, string? name = null) =>
        new() { Type = type, Timestamp = Start.AddSeconds(seconds), TaskId = task, Name = name };
}
