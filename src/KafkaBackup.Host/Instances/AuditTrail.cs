using System.Text.Json;
using KafkaBackup.Durable;

namespace KafkaBackup.Host.Instances;

/// <summary>A line of the audit trail.</summary>
/// <param name="Time">When it was recorded.</param>
/// <param name="Event">The kind of event, in the names of durable tasks.</param>
/// <param name="TaskId">Which call of the orchestration it belongs to.</param>
/// <param name="Name">The orchestration's or activity's name.</param>
/// <param name="Attempt">Which attempt at the activity, from 1, where one begins or ends.</param>
/// <param name="Host">Where it ran.</param>
/// <param name="RequestedBy">Who asked for it, if it came from outside and they said.</param>
/// <param name="Seconds">How long it took: an attempt, a wait, a halt, the whole.</param>
/// <param name="Text">The same in plain words.</param>
/// <param name="InstanceId">The sub-orchestration's instance.</param>
/// <param name="Input">What went in.</param>
/// <param name="Output">What came out.</param>
/// <param name="Error">What went wrong.</param>
public sealed record HistoryEntry(
    DateTimeOffset Time, string Event, int? TaskId, string? Name, int? Attempt, string? Host, string? RequestedBy, double? Seconds, string Text, string? InstanceId,
    JsonElement? Input, JsonElement? Output, string? Error);

/// <summary>Tells an orchestration's history in plain words: what was done once, and what was done again.</summary>
public sealed class AuditTrail
{
    private readonly Dictionary<int, HistoryEvent> _calls = [];
    private readonly Dictionary<int, HistoryEvent> _starts = [];
    private DateTimeOffset _begun;
    private HistoryEvent? _halt;

    private AuditTrail(DateTimeOffset begun) => _begun = begun;

    /// <summary>The lines, oldest first.</summary>
    public static IReadOnlyList<HistoryEntry> Of(IReadOnlyList<HistoryEvent> history)
    {
        var trail = new AuditTrail(history.Count > 0 ? history[0].Timestamp : default);
        return [.. history.Select(trail.Entry)];
    }

    private HistoryEntry Entry(HistoryEvent line)
    {
        var call = _calls.GetValueOrDefault(line.TaskId);
        var earlier = _starts.GetValueOrDefault(line.TaskId);
        var name = line.Name ?? call?.Name;
        var attempt = AttemptOf(line, earlier);
        var error = line.Failure is { } failure ? Errors.ErrorTable.Of(failure).Detail : null;
        var entry = new HistoryEntry(
            line.Timestamp, line.Type.ToString(), line.TaskId < 0 ? null : line.TaskId, name, attempt, line.HostName, line.RequestedBy,
            BegunAt(line, call, earlier) is { } begun ? Math.Round((line.Timestamp - begun).TotalSeconds, 3) : null,
            Tell(line, name, attempt ?? 0, earlier, error), line.InstanceId ?? call?.InstanceId, InstanceView.Parse(line.Input), InstanceView.Parse(line.Output), error);
        Remember(line, attempt);
        return entry;
    }

    private static int? AttemptOf(HistoryEvent line, HistoryEvent? earlier) => line.Type switch
    {
        HistoryEventType.TaskStarted => line.Attempt > 0 ? line.Attempt : (earlier?.Attempt ?? 0) + 1,
        HistoryEventType.TaskCompleted or HistoryEventType.TaskFailed => line.Attempt > 0 ? line.Attempt : earlier?.Attempt,
        _ => null,
    };

    private DateTimeOffset? BegunAt(HistoryEvent line, HistoryEvent? call, HistoryEvent? earlier) => line.Type switch
    {
        HistoryEventType.TaskCompleted or HistoryEventType.TaskFailed => line.StartedAt ?? earlier?.Timestamp,
        HistoryEventType.TimerFired or HistoryEventType.SubOrchestrationInstanceCompleted or HistoryEventType.SubOrchestrationInstanceFailed => call?.Timestamp,
        HistoryEventType.ExecutionResumed or HistoryEventType.ExecutionUnparked => _halt?.Timestamp,
        HistoryEventType.ExecutionCompleted or HistoryEventType.ExecutionTerminated => _begun,
        _ => null,
    };

    private void Remember(HistoryEvent line, int? attempt)
    {
        switch (line.Type)
        {
            case HistoryEventType.TaskScheduled or HistoryEventType.SubOrchestrationInstanceCreated or HistoryEventType.TimerCreated:
                _calls[line.TaskId] = line;
                break;
            case HistoryEventType.TaskStarted:
                _starts[line.TaskId] = line with { Attempt = attempt!.Value };
                break;
            case HistoryEventType.ExecutionSuspended or HistoryEventType.ExecutionParked:
                _halt = line;
                break;
            case HistoryEventType.ContinueAsNew:
                _begun = line.Timestamp;
                break;
        }
    }

    private static string Tell(HistoryEvent line, string? name, int attempt, HistoryEvent? earlier, string? error) => line.Type switch
    {
        HistoryEventType.ExecutionStarted => $"{name} was asked for{By(line)}",
        HistoryEventType.TaskScheduled => $"{name} is to be done",
        HistoryEventType.TaskStarted when earlier is not null => $"{name} is begun again (attempt {attempt}): attempt {earlier.Attempt} did not come to its end",
        HistoryEventType.TaskStarted when attempt > 1 => $"{name} is begun again (attempt {attempt}) after its failure",
        HistoryEventType.TaskStarted => $"{name} is begun",
        HistoryEventType.TaskCompleted => $"{name} is done{At(attempt)}",
        HistoryEventType.TaskFailed => $"{name} failed{At(attempt)}: {error}",
        HistoryEventType.TimerCreated => $"waiting until {line.FireAt:u}",
        HistoryEventType.TimerFired => "the wait is over",
        HistoryEventType.SubOrchestrationInstanceCreated => $"{name} is to be run as {line.InstanceId}",
        HistoryEventType.SubOrchestrationInstanceCompleted => $"{name} has completed",
        HistoryEventType.SubOrchestrationInstanceFailed => $"{name} failed: {error}",
        HistoryEventType.EventRaised => $"event {name} came{(line.RequestedBy is { } who ? $" from {who}" : "")}",
        HistoryEventType.ExecutionSuspended => $"suspended{By(line)}{Because(line.Reason)}",
        HistoryEventType.ExecutionResumed => $"resumed{By(line)}{Because(line.Reason)}",
        HistoryEventType.ExecutionTerminated => $"terminated{By(line)}{Because(InstanceView.Parse(line.Output)?.ToString())}",
        HistoryEventType.ExecutionCompleted => error is null ? "completed" : $"failed: {error}",
        HistoryEventType.ContinueAsNew => "begins anew with a fresh history",
        HistoryEventType.ExecutionParked => $"parked until the code fits the history again: {error ?? line.Reason}",
        HistoryEventType.ExecutionUnparked => "the code fits the history again",
        _ => line.Type.ToString(),
    };

    private static string At(int attempt) => attempt > 1 ? $", at attempt {attempt}" : "";

    private static string By(HistoryEvent line) => line.RequestedBy is { } who ? $" by {who}" : "";

    private static string Because(string? reason) => string.IsNullOrEmpty(reason) ? "" : $": {reason}";
}
