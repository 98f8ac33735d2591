using KafkaBackup.Broker.Logs.Compaction;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs;

/// <summary>A partition's log: segments in its folder, producers, epochs, offsets. Writers take turns, readers take a <see cref="LogView"/>.</summary>
internal sealed class PartitionLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private readonly SegmentList _segments;
    private readonly LeaderEpochs _epochs;
    private readonly ProducerStates _producers;
    private readonly TimeProvider _time;
    private LogView _view;
    private long _cleanedTo;
    private bool _disposed;

    internal PartitionLog(
        string topic,
        int partition,
        string folder,
        LogSettings settings,
        RecoveredLog recovered,
        long start,
        long cleanedTo,
        Placement placement,
        TimeProvider time)
    {
        (Topic, Partition, Folder, Placement, Settings, _time, _cleanedTo) = (topic, partition, folder, placement, settings, time, cleanedTo);
        (_segments, _epochs, _producers) = (new SegmentList(folder, recovered.Segments, Now), recovered.Epochs, recovered.Producers);
        var end = Math.Max(recovered.End, start);
        if (start > 0)
            _producers.Forget(start);
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

    /// <summary>The time, in milliseconds since 1970.</summary>
    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Held by who removes from the log, before the lock of who writes to it: one at a time.</summary>
    public Lock Cleaning { get; } = new();

    /// <summary>Where compaction has come to: below it every key lies once.</summary>
    public long CleanedTo
    {
        get => Volatile.Read(ref _cleanedTo);
        set => Volatile.Write(ref _cleanedTo, value);
    }

    /// <summary>The log as it is now.</summary>
    public LogView View => Volatile.Read(ref _view);

    /// <summary>Reads the log as it is now; again, as it is then, where segments went while it was read.</summary>
    /// <exception cref="ObjectDisposedException">The log is closed.</exception>
    public T Read<T>(Func<LogView, T> read)
    {
        while (true)
        {
            var view = View;
            try
            {
                return read(view);
            }
            catch (ObjectDisposedException) when (!IsDisposed && !ReferenceEquals(view.Segments, View.Segments))
            {
                // Retention or compaction was faster.
            }
        }
    }

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
        var now = Now;
        var verdict = BatchValidator.Prepare(ref batch, settings, now, out var header);
        if (verdict.Error != ErrorCode.None)
            return AppendResult.Refused(verdict.Error, verdict.Message, View.Start) with { Record = verdict.Record };
        var appendTime = settings.TimestampType == TimestampType.LogAppendTime ? now : -1;
        lock (_lock)
        {
            if (Placement.Leader != node)
                return AppendResult.Refused(ErrorCode.NotLeaderOrFollower, null, _view.Start);
            var error = _producers.Check(header, out var duplicate);
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
        var marker = TransactionMarker.Build(producerId, epoch, commit, Now, coordinatorEpoch);
        BatchHeader.TryRead(marker, out var header);
        lock (_lock)
        {
            if (!_producers.AcceptsMarker(producerId, epoch))
                return ErrorCode.InvalidProducerEpoch;
            header = header with { BaseOffset = _view.End, PartitionLeaderEpoch = _epochs.Current };
            Write(header, marker, Settings);
            if (_producers.AddMarker(header, commit) is { } aborted)
                _segments.Active.AppendAborted(aborted);
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
        lock (Cleaning)
        lock (_lock)
        {
            offset = offset == -1 ? _view.End : offset;
            if (offset < 0 || offset > _view.End)
                return (ErrorCode.OffsetOutOfRange, -1);
            if (offset <= _view.Start)
                return (ErrorCode.None, _view.Start);
            DropHead(_segments.CountBelow(offset), offset);
            return (ErrorCode.None, offset);
        }
    }

    /// <summary>Deletes the segments that retention.ms and retention.bytes have done with, and moves the log start up to what is left.</summary>
    /// <returns>How many there were.</returns>
    public int DeleteExpired()
    {
        lock (Cleaning)
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var expired = Retention.CountExpired(_segments.All, Settings.Cleanup, Now);
            if (expired == 0)
                return 0;
            if (expired == _segments.All.Length)
                _segments.Roll(_view.End, Settings, Now);
            DropHead(expired, Math.Max(_view.Start, _segments.All[expired].BaseOffset));
            return expired;
        }
    }

    /// <summary>The newest that is known of each producer.</summary>
    public IReadOnlyDictionary<long, ProducerTail> ProducerTails()
    {
        lock (_lock)
            return _producers.Tails();
    }

    /// <summary>Puts a compacted segment into the place of those that it was made from. Whoever calls holds <see cref="Cleaning"/>.</summary>
    public void Replace(IReadOnlyList<LogSegment> old, LogSegment cleaned)
    {
        foreach (var step in SegmentSwap.Announce(cleaned))
            step();
        lock (_lock)
        {
            _segments.Replace(old, cleaned);
            Volatile.Write(ref _view, Snapshot(_view.Start, _view.End));
        }

        foreach (var step in SegmentSwap.Finish(old, cleaned))
            step();
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

    /// <summary>Whether it is closed, as when its topic was deleted.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed);

    /// <summary>Brings everything to the disk.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            _segments.Active.Seal();
            foreach (var segment in _segments.All)
                segment.Flush();
        }
    }

    public void Dispose()
    {
        // Who compacts it sees that, and gives up.
        Volatile.Write(ref _disposed, true);
        lock (Cleaning)
        lock (_lock)
        {
            foreach (var segment in _segments.All)
                segment.Dispose();
            Wake();
        }
    }

    private void Write(in BatchHeader header, Span<byte> batch, LogSettings settings)
    {
        if (_segments.MustRoll(header, settings, Now))
            _segments.Roll(header.BaseOffset, settings, Now);
        _epochs.Note(header.PartitionLeaderEpoch, header.BaseOffset);
        header.Write(batch);
        _segments.Active.Append(batch, header);
    }

    // Readers have to know of it before the files go; who reads on in the old view is told that they are gone.
    private void DropHead(int count, long start)
    {
        var dropped = _segments.TakeFirst(count);
        _producers.Forget(start);
        Volatile.Write(ref _view, Snapshot(start, _view.End));
        Wake();
        foreach (var segment in dropped)
            segment.Delete();
    }

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

    private LogView Snapshot(long start, long end) =>
        new(_segments.All, _segments.Active.Size, start, end, Math.Max(start, _producers.FirstUnstableOffset ?? end));
}
