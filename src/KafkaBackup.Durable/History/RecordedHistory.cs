using System.Text.Json;

namespace KafkaBackup.Durable;

/// <summary>
/// An instance with its history, outside of a store: what an archive keeps, and what tests replay against the orchestrators of today
/// (<see cref="Replay.OrchestrationReplayer"/>). Its form is read for ever: fields are added, never changed.
/// </summary>
public sealed record RecordedHistory
{
    /// <summary>The form, <see cref="CurrentFormat"/> in what is written today.</summary>
    public int Format { get; init; } = CurrentFormat;

    public required string InstanceId { get; init; }

    /// <summary>The orchestrator's name.</summary>
    public required string Name { get; init; }

    /// <summary>The orchestrator's version; <see langword="null"/>: unversioned.</summary>
    public string? Version { get; init; }

    public required OrchestrationRuntimeStatus Status { get; init; }

    /// <summary>The instance that waited for it, or <see langword="null"/>.</summary>
    public string? ParentInstanceId { get; init; }

    public string? RequestedBy { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset LastUpdatedAt { get; init; }

    /// <summary>The events of its last run, in order.</summary>
    public required IReadOnlyList<HistoryEvent> Events { get; init; }

    public const int CurrentFormat = 1;

    /// <summary>Takes an instance as a client or a store shows it.</summary>
    public static RecordedHistory Of(OrchestrationMetadata instance, IReadOnlyList<HistoryEvent> history) => new()
    {
        InstanceId = instance.InstanceId,
        Name = instance.Name,
        Version = instance.Version.Length == 0 ? null : instance.Version,
        Status = instance.RuntimeStatus,
        ParentInstanceId = instance.ParentInstanceId,
        RequestedBy = instance.RequestedBy,
        Tags = instance.Tags.Count == 0 ? null : instance.Tags,
        CreatedAt = instance.CreatedAt,
        LastUpdatedAt = instance.LastUpdatedAt,
        Events = history,
    };

    /// <exception cref="JsonException">It is no recorded history.</exception>
    /// <exception cref="InvalidDataException">It was written by a later version of this program.</exception>
    public static RecordedHistory Read(ReadOnlySpan<byte> json)
    {
        var history = JsonSerializer.Deserialize(json, HistoryJson.Default.RecordedHistory) ?? throw new JsonException("null is no history");
        return history.Format <= CurrentFormat
            ? history
            : throw new InvalidDataException($"The history of '{history.InstanceId}' has format {history.Format}; this program reads up to {CurrentFormat}.");
    }

    /// <summary>The history as indented JSON, in UTF-8.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, HistoryJson.Readable.RecordedHistory);
}
