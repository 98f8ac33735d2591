using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>A partition's log: segments in its folder, producers, epochs, offsets. Writers take turns, readers take a <see cref="LogView"/>.</summary>
internal sealed class PartitionLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private readonly List<LogSegment> _segments;
    private readonly LeaderEpochs _epochs;
    private readonly ProducerStates _producers;
    private readonly TimeProvider _time;
    private LogView _view;

    internal PartitionLog(
        string topic, int partition, string folder, LogSettings settings, RecoveredLog recovered, long start, Placement placement, TimeProvider time)
    {
        Placement = placement;
        (Topic, Partition, Folder, Settings, _time) = (topic, partition, folder, settings, time);
        (_segments, _epochs, _producers) = (recovered.Segments, recovered.Epochs, recovered.Producers);
        var end = Math.Max(recovered.End, start);
        _view = Snapshot(Math.Max(start, 0), end);
    }

    public string Topic { get; }

    public int Partition { get; }

    public string Folder { get; }

    /// <summary>What of the topic's configuration counts here; replaced when that changes.</summary>
    public LogSettings Settings { get; set; }

    public int LeaderEpoch => _epochs.Current;

    /// <summary>On which nodes it lies, and which of them leads it.</summary>
    public Placement Placement { get; }

    public long MaxProducerId => _producers.MaxProducerId;

    /// <summary>The log as it is now.</summary>
    public LogView View => Volatile.Read(ref _view);

    /// <summary>Gives it another leader, or none, under the next epoch.</summary>
    public void Lead(int node)
    {
        lock (_lock)
        {
            _epochs.Note(_epochs.Current + 1, _view.End);
            Placement.Leader = node;
            Wake();
        }
    }

    /// <summary>Appends a batch that a client produced. Its bytes are changed: offset, epoch, and what the topic's settings ask for.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="node">The node that the client produced to: it has to be the leader still.</param>
    public AppendResult Append(Memory<byte> batch, int node)
    {
        var settings = Settings;
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var (error, message) = BatchValidator.Prepare(ref batch, settings, now, out var header);
        if (error != ErrorCode.None)
            return AppendResult.Refused(error, message, View.Start);
        var appendTime = settings.TimestampType == TimestampType.LogAppendTime ? now : -1;
        lock (_lock)
        {
            if (Placement.Leader != node)
                return AppendResult.Refused(ErrorCode.NotLeaderOrFollower, null, _view.Start);
            error = _producers.Check(header, out var duplicate);
            if (error != ErrorCode.None)
                return AppendResult.Refused(error, $"producer {header.ProducerId}, epoch {header.ProducerEpoch}, sequence {header.BaseSequence}", _view.Start);
            if (duplicate is { } earlier)
                return new AppendResult(ErrorCode.None, null, earlier.FirstOffset, appendTime < 0 ? -1 : earlier.Timestamp, _view.Start);
            header = header with { BaseOffset = _view.End, PartitionLeaderEpoch = _epochs.Current };
            Write(header, batch.Span, settings);
            _producers.Add(header);
            Publish(header.NextOffset);
            return new AppendResult(ErrorCode.None, null, header.BaseOffset, appendTime, _view.Start);
        }
    }

    /// <summary>Ends a producer's transaction in this partition.</summary>
    public ErrorCode AppendMarker(long producerId, short epoch, bool commit, int coordinatorEpoch)
    {
        var marker = TransactionMarker.Build(producerId, epoch, commit, _time.GetUtcNow().ToUnixTimeMilliseconds(), coordinatorEpoch);
        BatchHeader.TryRead(marker, out var header);
        lock (_lock)
        {
            if (!_producers.AcceptsMarker(producerId, epoch))
                return ErrorCode.InvalidProducerEpoch;
            header = header with { BaseOffset = _view.End, PartitionLeaderEpoch = _epochs.Current };
            Write(header, marker, Settings);
            if (_producers.AddMarker(header, commit) is { } aborted)
                _segments[^1].AppendAborted(aborted);
            Publish(header.NextOffset);
            return ErrorCode.None;
        }
    }

    /// <summary>Whether a producer's transaction is open here, so that a marker is still due.</summary>
    public bool HasOpenTransaction(long producerId)
    {
        lock (_lock)
            return _producers.HasOpenTransaction(producerId);
    }

    /// <summary>Moves the log start up; segments that lie wholly below it are deleted.</summary>
    /// <returns>The new log start, or an error.</returns>
    public (ErrorCode Error, long Start) DeleteBefore(long offset)
    {
        lock (_lock)
        {
            offset = offset == -1 ? _view.End : offset;
            if (offset < 0 || offset > _view.End)
                return (ErrorCode.OffsetOutOfRange, -1);
            if (offset <= _view.Start)
                return (ErrorCode.None, _view.Start);
            while (_segments.Count > 1 && _segments[1].BaseOffset <= offset)
            {
                _segments[0].Delete();
                _segments.RemoveAt(0);
            }

            Volatile.Write(ref _view, Snapshot(offset, _view.End));
            return (ErrorCode.None, offset);
        }
    }

    /// <summary>Completes <paramref name="waiter"/> at the next append.</summary>
    public void Wait(TaskCompletionSource waiter)
    {
        lock (_lock)
            _waiting.Add(waiter);
    }

    public void StopWaiting(TaskCompletionSource waiter)
    {
        lock (_lock)
            _waiting.Remove(waiter);
    }

    public (int Epoch, long End) EndOfEpoch(int epoch)
    {
        lock (_lock)
            return _epochs.EndOf(epoch, _view.End);
    }

    public int EpochAt(long offset)
    {
        lock (_lock)
            return _epochs.At(offset);
    }

    /// <summary>Brings everything to the disk.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            _segments[^1].Seal();
            foreach (var segment in _segments)
                segment.Flush();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var segment in _segments)
                segment.Dispose();
            Wake();
        }
    }

    private void Write(in BatchHeader header, Span<byte> batch, LogSettings settings)
    {
        var active = _segments[^1];
        if (active.Size > 0 && MustRoll(active, header, settings))
        {
            active.Seal();
            active = new LogSegment(Folder, header.BaseOffset, settings.IndexIntervalBytes);
            active.Create();
            _segments.Add(active);
        }

        _epochs.Note(header.PartitionLeaderEpoch, header.BaseOffset);
        header.Write(batch);
        active.Append(batch, header);
    }

    private static bool MustRoll(LogSegment active, in BatchHeader header, LogSettings settings) =>
        active.Size + header.TotalSize > settings.SegmentBytes
        || header.LastOffset - active.BaseOffset > int.MaxValue
        || (active.FirstTimestamp is >= 0 and var first && header.MaxTimestamp - first > settings.SegmentMs);

    private void Publish(long end)
    {
        Volatile.Write(ref _view, Snapshot(_view.Start, end));
        Wake();
    }

    private void Wake()
    {
        foreach (var waiter in _waiting)
            waiter.TrySetResult();
        _waiting.Clear();
    }

    private LogView Snapshot(long start, long end)
    {
        // Most snapshots differ in the end alone; the array of segments is then the old one.
        var segments = _view is { } last && last.Segments.Length == _segments.Count && last.Segments[0] == _segments[0] ? last.Segments : [.. _segments];
        var stable = Math.Max(start, _producers.FirstUnstableOffset ?? end);
        return new LogView(segments, _segments[^1].Size, start, end, stable);
    }
}

/// <summary>What became of a produced batch.</summary>
/// <param name="Error">Why it was refused, or none.</param>
/// <param name="Message">The same in words.</param>
/// <param name="BaseOffset">Where its first record lies; -1 with an error.</param>
/// <param name="AppendTime">The broker's time under LogAppendTime, else -1.</param>
/// <param name="LogStart">The log start offset.</param>
internal readonly record struct AppendResult(ErrorCode Error, string? Message, long BaseOffset, long AppendTime, long LogStart)
{
    public static AppendResult Refused(ErrorCode error, string? message, long logStart) => new(error, message, -1, -1, logStart);
}
