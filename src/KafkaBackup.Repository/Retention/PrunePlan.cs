namespace KafkaBackup.Repository.Retention;

/// <summary>What a policy keeps and removes.</summary>
/// <param name="Keep">The epochs that are kept, oldest first.</param>
/// <param name="Remove">The epochs that are removed, oldest first.</param>
/// <param name="Objects">How many objects nothing leads to when they are removed.</param>
/// <param name="Bytes">Bytes of segments among them; their indexes are not counted.</param>
/// <param name="BytesKept">Bytes of segments that the kept epochs need.</param>
public sealed record PrunePlan(IReadOnlyList<KeptEpoch> Keep, IReadOnlyList<RemovedEpoch> Remove, int Objects, long Bytes, long BytesKept)
{
    /// <summary>The objects that may go: lists, then what they lead to. More than go now: see the planner.</summary>
    internal IReadOnlyList<string> Names { get; init; } = [];
}

/// <summary>An epoch that is kept.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="SealedAt">When it was sealed.</param>
/// <param name="Reasons">Every rule that keeps it.</param>
public sealed record KeptEpoch(long Epoch, DateTimeOffset SealedAt, IReadOnlyList<string> Reasons);

/// <summary>An epoch that is removed.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="SealedAt">When it was sealed.</param>
public sealed record RemovedEpoch(long Epoch, DateTimeOffset SealedAt);
