using KafkaBackup.Kafka.Administration;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>What the lane is to read of one partition: the decided records in [<paramref name="From"/>, <paramref name="Cut"/>).</summary>
/// <param name="Partition">Which partition.</param>
/// <param name="From">The first offset not read yet.</param>
/// <param name="Cut">The end, at most the last stable offset.</param>
/// <param name="Sink">Takes what is read.</param>
public sealed record FetchAssignment(TopicPartition Partition, long From, long Cut, IFetchSink Sink);

/// <summary>Takes what a lane reads of one partition, in order.</summary>
public interface IFetchSink
{
    /// <summary>
    /// Takes whole batches, whose CRC has been checked and whose memory is valid until this returns, with the aborted ranges that lie in them.
    /// While it takes its time, the broker is asked for no more than what is on its way already.
    /// </summary>
    ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellation);
}

/// <summary>What the lane has read of one partition.</summary>
/// <param name="Partition">Which partition.</param>
/// <param name="To">
/// The end of what was read: the cut, or the base of a batch that reaches over it and so is left, whole, to the next epoch.
/// </param>
/// <param name="Gaps">Offsets that retention took away before they could be read.</param>
/// <param name="Told">What the leader said of its log with the last answer; null where nothing had to be asked.</param>
public sealed record FetchedRange(TopicPartition Partition, long To, IReadOnlyList<OffsetGap> Gaps, LeaderView? Told = null);

/// <summary>A log as its leader describes it beside what it sends.</summary>
/// <param name="LogStart">The first offset that can be read; -1 where the broker does not say.</param>
/// <param name="LastStable">Below it every transaction is decided.</param>
/// <param name="HighWatermark">Below it every record is on all replicas that count.</param>
public readonly record struct LeaderView(long LogStart, long LastStable, long HighWatermark);

/// <summary>Offsets in [<paramref name="From"/>, <paramref name="To"/>) that could not be read.</summary>
public readonly record struct OffsetGap(long From, long To);
