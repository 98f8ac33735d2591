using System.Text.Json;
using KafkaBackup.Durable;

namespace KafkaBackup.Host.Instances;

/// <summary>A line of the audit trail.</summary>
/// <param name="Time">When it was recorded.</param>
/// <param name="Event">The kind of event, in the names of durable tasks.</param>
/// <param name="TaskId">Which call of the orchestration it belongs to.</param>
/// <param name="Name">The orchestration's or activity's name.</param>
/// <param name="Attempt">Which attempt at the activity, from 1.</param>
/// <param name="Host">Where it ran.</param>
/// <param name="RequestedBy">Who asked for it, if it came from outside and they said.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Text">The same in plain words.</param>
/// <param name="Input">What went in.</param>
/// <param name="Output">What came out.</param>
/// <param name="Error">What went wrong.</param>
public sealed record HistoryEntry(
    DateTimeOffset Time, string Event, int? TaskId, string? Name, int? Attempt, string? Host, string? RequestedBy, double? Seconds, string Text, JsonElement? Input, JsonElement? Output,
    string? Error);

/// <summary>Tells an orchestration's history in plain words: what was done once, and what was done again.</summary>
public static class AuditTrail
{
    /// <summary>The lines, oldest first.</summary>
    public static IReadOnlyList<HistoryEntry> Of(IReadOnlyList<HistoryEvent> history)
    {
        var scheduled = new Dictionary<int, HistoryEvent>();
        var attempts = new Dictionary<int, int>();
        var started = new Dictionary<int, DateTimeOffset>();
        var trail = new List<HistoryEntry>();
        foreach (var line in history)
        {
            if (line.Type is HistoryEventType.TaskScheduled or HistoryEventType.SubOrchestrationInstanceCreated)
                scheduled[line.TaskId] = line;
            if (line.Type == HistoryEventType.TaskStarted)
            {
                attempts[line.TaskId] = attempts.GetValueOrDefault(line.TaskId) + 1;
                started[line.TaskId] = line.Timestamp;
            }

            var name = line.Name ?? scheduled.GetValueOrDefault(line.TaskId)?.Name;
            var begun = line.Type switch
            {
                HistoryEventType.TaskCompleted or HistoryEventType.TaskFailed => line.StartedAt ?? (started.TryGetValue(line.TaskId, out var at) ? at : null),
                HistoryEventType.ExecutionCompleted or HistoryEventType.ExecutionTerminated => history[0].Timestamp,
                _ => (DateTimeOffset?)null,
            };
            var error = line.Failure is { } failure ? Errors.ErrorTable.Of(failure).Detail : null;
            trail.Add(new HistoryEntry(
                line.Timestamp, line.Type.ToString(), line.TaskId < 0 ? null : line.TaskId, name,
                line.Type == HistoryEventType.TaskStarted ? attempts[line.TaskId] : null, line.HostName, line.RequestedBy,
                begun is { } from ? Math.Round((line.Timestamp - from).TotalSeconds, 3) : null,
                Tell(line, name, attempts.GetValueOrDefault(line.TaskId), error), InstanceView.Parse(line.Input), InstanceView.Parse(line.Output), error));
        }

        return trail;
    }

    private static string Tell(HistoryEvent line, string? name, int attempts, string? error) => line.Type switch
    {
        HistoryEventType.ExecutionStarted => $"{name} was asked for{By(line)}",
        HistoryEventType.TaskScheduled => $"{name} is to be done",
        HistoryEventType.TaskStarted when attempts > 1 => $"{name} is begun again (attempt {attempts}): attempt {attempts - 1} did not come to its end",
        HistoryEventType.TaskStarted => $"{name} is begun",
        HistoryEventType.TaskCompleted => attempts > 1 ? $"{name} is done, at attempt {attempts}" : $"{name} is done",
        HistoryEventType.TaskFailed => $"{name} failed: {error}",
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

    private static string By(HistoryEvent line) => line.RequestedBy is { } who ? $" by {who}" : "";

    private static string Because(string? reason) => string.IsNullOrEmpty(reason) ? "" : $": {reason}";
}
