using KafkaBackup.Repository.Retention;

namespace KafkaBackup.Workflows.Retention;

/// <summary>What is asked of a prune: the input of <see cref="PruneRepository"/>. It names a connection and holds no secret.</summary>
public sealed record PruneRequest
{
    /// <summary>The repository: a named connection, or <c>file:PATH</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Which epochs are kept.</summary>
    public required RetentionPolicy Policy { get; init; }

    /// <summary>Plans, and removes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Which plan asked for it; null for a person.</summary>
    public string? Plan { get; init; }
}

/// <summary>A plan, written down.</summary>
/// <param name="Plan">What is kept and removed.</param>
/// <param name="Begun">The name of what was begun; null if nothing was.</param>
public sealed record PlannedPrune(PrunePlan Plan, string? Begun);

/// <summary>A step of a prune that was begun.</summary>
public sealed record PruneStep(PruneRequest Request, string Begun);

/// <summary>Epochs that are gone, and epochs that a restore keeps.</summary>
public sealed record RemovedEpochs(IReadOnlyList<long> Removed, IReadOnlyList<long> Kept);

/// <summary>What became of the leavings of runs that never came to their epoch.</summary>
/// <param name="Waiting">The runs that may still go on.</param>
/// <param name="Removed">Objects of others that were removed.</param>
public sealed record CollectedOrphans(IReadOnlyList<string> Waiting, int Removed);

/// <summary>What a prune came to: the output of <see cref="PruneRepository"/>.</summary>
/// <param name="DryRun">Whether nothing was removed.</param>
/// <param name="Kept">The epochs that are kept, oldest first, and why.</param>
/// <param name="Removed">The epochs that are removed, oldest first.</param>
/// <param name="Objects">Objects that go with them.</param>
/// <param name="Bytes">Bytes of segments among them.</param>
/// <param name="BytesKept">Bytes of segments that are kept.</param>
/// <param name="Orphans">Objects of runs that never came to their epoch, removed as well.</param>
/// <param name="Waiting">Runs that left something and may still go on.</param>
/// <param name="Warnings">What the operator should know.</param>
public sealed record PruneReport(
    bool DryRun, IReadOnlyList<KeptEpoch> Kept, IReadOnlyList<RemovedEpoch> Removed, int Objects, long Bytes, long BytesKept, int Orphans, IReadOnlyList<string> Waiting,
    IReadOnlyList<string> Warnings);
