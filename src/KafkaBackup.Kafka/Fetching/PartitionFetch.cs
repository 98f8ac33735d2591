using KafkaBackup.Kafka.Administration;

namespace KafkaBackup.Kafka.Fetching;

/// <summary>How far a lane has come with one partition.</summary>
internal sealed class PartitionFetch(FetchAssignment assignment)
{
    /// <summary>An answer without data proves nothing once; after as many in a row, asked first in the request, nothing is left.</summary>
    private const int ConvincingEmptyAnswers = 2;

    private const int CorruptAnswersTolerated = 3;
    private readonly List<OffsetGap> _gaps = [];
    private int _emptyAnswers;
    private int _corruptAnswers;

    public TopicPartition Partition => assignment.Partition;

    public IFetchSink Sink => assignment.Sink;

    public long Cut => assignment.Cut;

    /// <summary>The next offset to read.</summary>
    public long Position { get; private set; } = assignment.From;

    /// <summary>Where the range ends, once that is known.</summary>
    public long? End { get; private set; } = assignment.From >= assignment.Cut ? assignment.From : null;

    /// <summary>Whether the last answer brought nothing: such a partition is asked first next time.</summary>
    public bool IsStarved { get; private set; }

    /// <summary>What the leader said last, when it sent nothing.</summary>
    public long? LastStableOffset { get; private set; }

    public FetchedRange Result => new(Partition, End ?? throw new InvalidOperationException($"{Partition} is not read to its end"), _gaps);

    public void Advance(in ResponseScan scan)
    {
        (IsStarved, _emptyAnswers, _corruptAnswers) = (scan.Accepted.IsEmpty, scan.Accepted.IsEmpty ? _emptyAnswers : 0, 0);
        (Position, End) = (scan.Next, scan.End);
    }

    /// <summary>
    /// An answer without any data. Compaction can leave nothing between the position and the cut; then the broker has nothing to send, asked
    /// first in the request, although its last stable offset has reached the cut.
    /// </summary>
    public void MeetNothing(bool wasFirst, long lastStableOffset)
    {
        IsStarved = true;
        LastStableOffset = lastStableOffset;
        if (wasFirst && lastStableOffset >= Cut && ++_emptyAnswers >= ConvincingEmptyAnswers)
            End = Cut;
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
