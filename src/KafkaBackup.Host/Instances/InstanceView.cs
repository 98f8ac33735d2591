using System.Text.Json;
using KafkaBackup.Durable;
using KafkaBackup.Host.Errors;

namespace KafkaBackup.Host.Instances;

/// <summary>An orchestration as it is shown.</summary>
/// <param name="InstanceId">Its id.</param>
/// <param name="Name">Which orchestration it is.</param>
/// <param name="RuntimeStatus">How it stands.</param>
/// <param name="IsParked">Whether it can't go on until the program fits its history again; null: no.</param>
/// <param name="CustomStatus">What it is doing, in its own words.</param>
/// <param name="Progress">How far the activities have come that are at work; one that has ended is not among them.</param>
/// <param name="Input">What was asked.</param>
/// <param name="Output">What it came to.</param>
/// <param name="Error">Why it failed, or why it is parked.</param>
/// <param name="Remedy">What makes it go on, where it does not by itself.</param>
/// <param name="Trouble">What is wrong with the store that keeps it, while something is.</param>
/// <param name="ExitCode">How a command that waited for it ends, if it failed; null otherwise.</param>
/// <param name="RequestedBy">Who asked for it, if they said.</param>
/// <param name="ParentInstanceId">The orchestration that it is a part of, if it is.</param>
/// <param name="CreatedTime">When it was asked for.</param>
/// <param name="LastUpdatedTime">When something last happened.</param>
public sealed record InstanceView(
    string InstanceId, string Name, string RuntimeStatus, bool? IsParked, JsonElement? CustomStatus, IReadOnlyList<ProgressView>? Progress, JsonElement? Input,
    JsonElement? Output, string? Error, string? Remedy, string? Trouble, ExitCode? ExitCode, string? RequestedBy, string? ParentInstanceId, DateTimeOffset CreatedTime,
    DateTimeOffset LastUpdatedTime)
{
    /// <summary>Shows an instance.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="progress">What its activities report.</param>
    /// <param name="trouble">What is wrong with the store that keeps it; null: nothing.</param>
    public static InstanceView Of(OrchestrationMetadata instance, IReadOnlyList<ActivityProgress> progress, HistoryStoreTrouble? trouble = null)
    {
        var error = instance.FailureDetails is { } failure ? ErrorTable.Of(failure) : null;
        return new InstanceView(
            instance.InstanceId, instance.Name, instance.RuntimeStatus.ToString(), instance.IsParked ? true : null, Parse(instance.SerializedCustomStatus),
            progress.Count == 0 ? null : [.. progress.Select(p => new ProgressView(p.TaskId, p.Name, p.Attempt, p.HostName, Parse(p.SerializedProgress)))],
            Parse(instance.SerializedInput), Parse(instance.SerializedOutput),
            error?.Detail, Remedies.Of(instance), trouble is null ? null : $"{trouble}; {Remedies.OfStore}", error?.Exit,
            instance.RequestedBy, instance.ParentInstanceId, instance.CreatedAt, instance.LastUpdatedAt);
    }

    internal static JsonElement? Parse(string? json) => json is null ? null : JsonDocument.Parse(json).RootElement;
}

/// <summary>How far an activity has come.</summary>
/// <param name="Index">Which call of the orchestration.</param>
/// <param name="Activity">Which activity.</param>
/// <param name="Attempt">Which attempt at it, from 1.</param>
/// <param name="Host">Where it runs.</param>
/// <param name="State">What it reports.</param>
public sealed record ProgressView(int Index, string Activity, int Attempt, string? Host, JsonElement? State);
