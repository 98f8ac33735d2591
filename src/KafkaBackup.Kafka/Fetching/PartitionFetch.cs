using KafkaBackup.Kafka.Administration;
using KafkaBackup.Kafka.Connections;
using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>How far a lane has come with one partition, and how long it has not come further.</summary>
internal sealed class PartitionFetch(FetchAssignment assignment, Patience patience)
{
    /// <summary>An answer without data proves nothing once; after as many in a row, nothing is left.</summary>
    private const int ConvincingEmptyAnswers = 2;

    private const int CorruptAnswersTolerated = 3;
    private readonly List<OffsetGap> _gaps = [];
    private LeaderView? _told;
    private int _emptyAnswers;
    private int _corruptAnswers;

    public TopicPartition Partition => assignment.Partition;

    public IFetchSink Sink => assignment.Sink;

    public long Cut => assignment.Cut;

    /// <summary>The partition's own: trouble with another is no reason to give this one up.</summary>
    public Patience Patience => patience;

    /// <summary>Whom it is read from.</summary>
    public PartitionLeader Leader { get; set; }

    /// <summary>The next offset to read.</summary>
    public long Position { get; private set; } = assignment.From;

    /// <summary>Where the range ends, once that is known.</summary>
    public long? End { get; private set; } = assignment.From >= assignment.Cut ? assignment.From : null;

    public FetchedRange Result => new(Partition, End ?? throw new InvalidOperationException($"{Partition} is not read to its end"), _gaps, _told);

    /// <summary>Notes what the leader says beside the data.</summary>
    public void Hear(FetchedPartition fetched) => _told = new LeaderView(fetched.LogStartOffset, fetched.LastStableOffset, fetched.HighWatermark);

    public void Advance(in ResponseScan scan)
    {
        (Position, End) = (scan.Next, scan.End);
        if (scan.Accepted.IsEmpty)
            return;
        (_emptyAnswers, _corruptAnswers) = (0, 0);
        patience.Renew();
    }

    /// <summary>
    /// An answer without any data, to a request in which the partition had its chance. Compaction can leave nothing between the position and
    /// the cut; then the broker has nothing to send, although its last stable offset has reached the cut.
    /// </summary>
    /// <exception cref="FetchStalledException">It has gone on like this for too long.</exception>
    public void MeetNothing(long lastStableOffset)
    {
        if (lastStableOffset >= Cut && ++_emptyAnswers >= ConvincingEmptyAnswers)
            End = Cut;
        else
            Stall(lastStableOffset);
    }

    /// <summary>An answer that did not bring it further.</summary>
    /// <exception cref="FetchStalledException">It has gone on like this for too long.</exception>
    public void Stall(long lastStableOffset)
    {
        if (!patience.Lasts())
            throw new FetchStalledException(Partition, Position, Cut, lastStableOffset);
    }

    /// <summary>Retention has taken what was to be read next.</summary>
    public void SkipTo(long logStart)
    {
        var to = Math.Min(logStart, Cut);
        _gaps.Add(new OffsetGap(Position, to));
        Position = to;
        if (Position >= Cut)
            End = Cut;
    }

    /// <summary>Whether a batch that does not check is worth another fetch.</summary>
    public bool ToleratesCorruption() => ++_corruptAnswers < CorruptAnswersTolerated;
}
