namespace KafkaBackup.Durable;

/// <summary>One row of an instance's history. It is written once and never changed.</summary>
[GenerateSerializer, Immutable]
public sealed record HistoryEvent
{
    /// <summary>What happened.</summary>
    [Id(0)]
    public required HistoryEventType Type { get; init; }

    /// <summary>When it was committed, UTC. Never earlier than the event before it.</summary>
    [Id(1)]
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>Joins what belongs together: a call and its ending have the same number, counted from 0 within a run. -1 where there is no task.</summary>
    [Id(2)]
    public int TaskId { get; init; } = NoTask;

    /// <summary>The orchestrator, the activity, the sub-orchestrator or the external event.</summary>
    [Id(3)]
    public string? Name { get; init; }

    /// <summary>JSON: the input of a call, the payload of an event.</summary>
    [Id(4)]
    public string? Input { get; init; }

    /// <summary>JSON: the result.</summary>
    [Id(5)]
    public string? Output { get; init; }

    /// <summary>What went wrong.</summary>
    [Id(6)]
    public TaskFailureDetails? Failure { get; init; }

    /// <summary>The machine and process that ran an attempt.</summary>
    [Id(7)]
    public string? HostName { get; init; }

    /// <summary>Which attempt of the call this is, from 1; 0 where there is none. On a scheduled task: the number that its next attempt gets.</summary>
    [Id(8)]
    public int Attempt { get; init; }

    /// <summary>When the attempt that ended here began, UTC.</summary>
    [Id(9)]
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When a timer is due, UTC.</summary>
    [Id(10)]
    public DateTimeOffset? FireAt { get; init; }

    /// <summary>The instance of a sub-orchestration.</summary>
    [Id(11)]
    public string? InstanceId { get; init; }

    /// <summary>Why an instance was suspended, resumed or parked.</summary>
    [Id(12)]
    public string? Reason { get; init; }

    /// <summary>Which run of the instance this belongs to, from 0; ContinueAsNew begins the next.</summary>
    [Id(13)]
    public int Generation { get; init; }

    /// <summary>Who asked for it, for what was asked for from outside (a start, an event, a suspension, ...); <see langword="null"/> if they did not say.</summary>
    [Id(14)]
    public string? RequestedBy { get; init; }

    /// <summary>The version of the code that is meant, on a start and on a call; <see langword="null"/>: unversioned.</summary>
    [Id(15)]
    public string? Version { get; init; }

    /// <summary>A JSON object of strings: the tags that came with a start or a call.</summary>
    [Id(16)]
    public string? Tags { get; init; }

    /// <summary>The <see cref="TaskId"/> of an event that belongs to no task.</summary>
    public const int NoTask = -1;
}
