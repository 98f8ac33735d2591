namespace KafkaBackup.Durable;

/// <summary>What is known about an instance at one moment.</summary>
/// <param name="name">The name of its orchestrator.</param>
/// <param name="instanceId">Its identity.</param>
public sealed class OrchestrationMetadata(string name, string instanceId)
{
    public string Name { get; } = name;

    public string InstanceId { get; } = instanceId;

    /// <summary>Reads inputs and outputs; <see langword="null"/> if they were not asked for.</summary>
    public DataConverter? DataConverter { get; init; }

    public OrchestrationRuntimeStatus RuntimeStatus { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>UTC; the time of the last commit.</summary>
    public DateTimeOffset LastUpdatedAt { get; init; }

    /// <summary>JSON, or <see langword="null"/> if there is none or it was not asked for. The same holds for output and custom status.</summary>
    public string? SerializedInput { get; init; }

    public string? SerializedOutput { get; init; }

    public string? SerializedCustomStatus { get; init; }

    /// <summary>Why it failed or was parked; <see langword="null"/> otherwise. Always there, whether outputs were asked for or not.</summary>
    public TaskFailureDetails? FailureDetails { get; init; }

    /// <summary>
    /// True if the instance cannot go on because its orchestrator and its history disagree (<see cref="FailureDetails"/> says how). It is not over: it goes on
    /// once the code is repaired and the host restarted.
    /// </summary>
    public bool IsParked { get; init; }

    /// <summary>The instance that waits for this one, or <see langword="null"/>.</summary>
    public string? ParentInstanceId { get; init; }

    /// <summary>Who asked for it; <see langword="null"/> if they did not say.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>The version of its orchestrator; empty: unversioned.</summary>
    public string Version { get; init; } = "";

    /// <summary>What it was tagged with at its start.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public bool IsRunning => RuntimeStatus == OrchestrationRuntimeStatus.Running;

    public bool IsCompleted => RuntimeStatus is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    /// <exception cref="InvalidOperationException">Inputs and outputs were not asked for. The same holds for the other two.</exception>
    public T? ReadInputAs<T>() => Converter.Deserialize<T>(SerializedInput);

    public T? ReadOutputAs<T>() => Converter.Deserialize<T>(SerializedOutput);

    public T? ReadCustomStatusAs<T>() => Converter.Deserialize<T>(SerializedCustomStatus);

    public override string ToString() => $"{Name} '{InstanceId}': {RuntimeStatus}{(IsParked ? " (parked)" : "")}{(FailureDetails is { } failure ? $", {failure}" : "")}";

    private DataConverter Converter =>
        DataConverter ?? throw new InvalidOperationException("This metadata was fetched without inputs and outputs: pass getInputsAndOutputs: true.");
}
