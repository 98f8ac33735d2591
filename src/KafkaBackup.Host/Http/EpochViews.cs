using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Host.Http;

/// <summary>An epoch in a list.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="SealedAt">When it was committed.</param>
/// <param name="Topics">Topics that it holds.</param>
/// <param name="Partitions">Partitions that it holds.</param>
/// <param name="Groups">Consumer groups that it holds.</param>
/// <param name="Records">Records that it adds.</param>
/// <param name="Bytes">Bytes that it adds.</param>
/// <param name="Gaps">Ranges of offsets that were gone before they could be read.</param>
/// <param name="Instance">The orchestration that made it.</param>
public sealed record EpochSummary(
    long Epoch, DateTimeOffset SealedAt, int Topics, int Partitions, int Groups, long Records, long Bytes, int Gaps, string Instance)
{
    /// <summary>Sums up an epoch.</summary>
    public static EpochSummary Of(Epoch epoch) => new(
        epoch.Sequence, epoch.Run.SealedAt, epoch.Core.Topics.Count, epoch.Core.Topics.Sum(t => t.Partitions.Count), epoch.Core.Groups.Count,
        epoch.Core.Topics.Sum(t => t.Partitions.Sum(p => p.Records)), epoch.Core.Topics.Sum(t => t.Partitions.Sum(p => p.Bytes)),
        epoch.Core.Topics.Sum(t => t.Gaps.Count), epoch.Run.Instance);
}

/// <summary>An epoch as it is shown.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="CoreHash">The hash of its core, which the next epoch's core names.</param>
/// <param name="Core">What it holds.</param>
/// <param name="Run">The run that made it.</param>
public sealed record EpochView(long Epoch, string CoreHash, EpochCore Core, RunInfo Run)
{
    /// <summary>Shows an epoch.</summary>
    public static EpochView Of(Epoch epoch) => new(epoch.Sequence, epoch.CoreHash, epoch.Core, epoch.Run);
}

/// <summary>Lists epochs.</summary>
public static class EpochViews
{
    /// <summary>All epochs of a repository, the oldest first.</summary>
    public static Task<IReadOnlyList<EpochSummary>> ListAsync(BackupRepository repository, CancellationToken cancellation) =>
        repository.ReadEpochsAsync(EpochSummary.Of, cancellation);
}
