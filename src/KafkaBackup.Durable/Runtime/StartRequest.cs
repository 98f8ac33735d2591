using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>How an instance is to be created.</summary>
[GenerateSerializer, Immutable]
internal sealed record StartRequest(string Name, string? Input, DateTimeOffset? StartAt, ParentCall? Parent)
{
    [Id(0)]
    public string? TaskVersion { get; init; }

    [Id(1)]
    public string? Tags { get; init; }

    [Id(2)]
    public string? RequestedBy { get; init; }

    /// <summary>Ends the instance with its creation: its parent is over, and its start may still be on the way.</summary>
    [Id(3)]
    public HistoryEvent? Termination { get; init; }

    /// <summary>What a parent asks for with a call.</summary>
    public static StartRequest Of(InstanceRecord parent, HistoryEvent call) =>
        new(call.Name!, call.Input, null, new(parent.Id, parent.Name, call.Generation, call.TaskId))
        {
            TaskVersion = call.Version,
            Tags = call.Tags,
            RequestedBy = parent.RequestedBy,
        };
}
