using KafkaBackup.Durable;
using KafkaBackup.Host.Errors;

namespace KafkaBackup.Host.Instances;

/// <summary>What an operator does to orchestrations.</summary>
public interface IInstanceControl
{
    /// <summary>Halts one. One that is suspended already stays so.</summary>
    /// <exception cref="InstanceNotFoundException">There is none of that id. The same holds for every method that takes an id.</exception>
    /// <exception cref="InstanceRefusedException">It is over.</exception>
    Task<InstanceView> SuspendAsync(string id, string? reason, CancellationToken cancellation);

    /// <summary>Lets a suspended one go on. One that is not suspended is left alone.</summary>
    /// <exception cref="InstanceRefusedException">It is over.</exception>
    Task<InstanceView> ResumeAsync(string id, string? reason, CancellationToken cancellation);

    /// <summary>Ends one now. One that was terminated already stays so.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="reason">Why; it becomes the output.</param>
    /// <param name="isRecursive">Whether the sub-orchestrations that it waits for end too.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InstanceRefusedException">It came to an end of its own.</exception>
    Task<InstanceView> TerminateAsync(string id, string? reason, bool isRecursive, CancellationToken cancellation);

    /// <summary>Deletes one that is over, with its history and its sub-orchestrations.</summary>
    /// <exception cref="InstanceRefusedException">It is not over, or another one has yet to hear how it ended.</exception>
    Task<PurgeReport> PurgeAsync(string id, CancellationToken cancellation);

    /// <summary>Deletes those that have been over for longer than an age, with their histories and sub-orchestrations.</summary>
    Task<PurgeReport> PurgeAsync(PurgeRequest request, CancellationToken cancellation);
}

/// <summary>Which orchestrations to delete.</summary>
/// <param name="OlderThan">How long they have been over.</param>
/// <param name="Statuses">How they ended; empty: in whichever way.</param>
/// <param name="DryRun">Whether they are only named.</param>
public sealed record PurgeRequest(TimeSpan OlderThan, IReadOnlyList<OrchestrationRuntimeStatus> Statuses, bool DryRun);

/// <summary>What a purge did, or would do.</summary>
/// <param name="DryRun">Whether nothing was deleted.</param>
/// <param name="Instances">The orchestrations that were deleted, or would be, without the sub-orchestrations that went with them.</param>
public sealed record PurgeReport(bool DryRun, IReadOnlyList<string> Instances);
