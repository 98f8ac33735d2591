namespace KafkaBackup.Durable.Stores;

/// <summary>The row of an instance: what is known of it without its history.</summary>
[GenerateSerializer, Immutable]
public sealed record InstanceRecord
{
    /// <summary>The instance id; any text that is not empty.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>The orchestrator's name.</summary>
    [Id(1)]
    public required string Name { get; init; }

    [Id(2)]
    public OrchestrationRuntimeStatus Status { get; init; }

    /// <summary>Which run of the instance this is, from 0; ContinueAsNew begins the next.</summary>
    [Id(3)]
    public int Generation { get; init; }

    /// <summary>How many events the history of this run has. Stored events beyond are remains of a commit that was cut off: they do not exist.</summary>
    [Id(4)]
    public int Length { get; init; }

    /// <summary>UTC.</summary>
    [Id(5)]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>UTC.</summary>
    [Id(6)]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a pending instance is to start, UTC.</summary>
    [Id(7)]
    public DateTimeOffset? StartAt { get; init; }

    [Id(8)]
    public string? Input { get; init; }

    [Id(9)]
    public string? Output { get; init; }

    [Id(10)]
    public string? CustomStatus { get; init; }

    /// <summary>Why it failed or is parked.</summary>
    [Id(11)]
    public TaskFailureDetails? Failure { get; init; }

    [Id(12)]
    public bool IsParked { get; init; }

    /// <summary>The call that waits for this instance, or <see langword="null"/>.</summary>
    [Id(13)]
    public ParentCall? Parent { get; init; }

    /// <summary>The store's mark of this state of the row. The store makes it and compares it; nobody else reads it. <see langword="null"/>: not stored.</summary>
    [Id(14)]
    public string? Version { get; init; }

    /// <summary>The version of the orchestrator that is meant; <see langword="null"/>: unversioned. ContinueAsNew may change it.</summary>
    [Id(15)]
    public string? TaskVersion { get; init; }

    /// <summary>A JSON object of strings: what the instance was tagged with at its start.</summary>
    [Id(16)]
    public string? Tags { get; init; }

    /// <summary>Who asked for the instance; <see langword="null"/> if they did not say.</summary>
    [Id(17)]
    public string? RequestedBy { get; init; }

    /// <summary>True until the instance has ended.</summary>
    public bool IsLive => Status is OrchestrationRuntimeStatus.Pending or OrchestrationRuntimeStatus.Running or OrchestrationRuntimeStatus.Suspended;

    /// <summary>The event that begins its run.</summary>
    internal HistoryEvent Start => new()
    {
        Type = HistoryEventType.ExecutionStarted,
        Name = Name,
        Input = Input,
        Version = TaskVersion,
        Tags = Tags,
        RequestedBy = RequestedBy,
    };
}
