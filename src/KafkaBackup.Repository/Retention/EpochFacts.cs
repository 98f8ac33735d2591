using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Retention;

/// <summary>What of an epoch says which segments it needs.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="SealedAt">When it was sealed.</param>
/// <param name="Lists">Its journals.</param>
/// <param name="LogStarts">For each journal that it holds, the log start of each partition.</param>
internal sealed record EpochFacts(
    long Sequence, DateTimeOffset SealedAt, IReadOnlyDictionary<string, TopicLists> Lists, IReadOnlyDictionary<string, IReadOnlyDictionary<int, long>> LogStarts)
{
    public static EpochFacts Of(Epoch epoch) => new(epoch.Sequence, epoch.Run.SealedAt, epoch.Lists, LogStartsOf(epoch.Core));

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<int, long>> LogStartsOf(EpochCore core) => core.Topics.ToDictionary(
        topic => topic.Journal, IReadOnlyDictionary<int, long> (topic) => topic.Partitions.ToDictionary(p => p.Partition, p => p.LogStart), StringComparer.Ordinal);
}
