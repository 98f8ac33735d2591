namespace KafkaBackup.Broker.Logs;

/// <summary>Where each leader epoch began, kept in `leader-epoch-checkpoint`. Source: Kafka's checkpoint files, version 0.</summary>
internal sealed class LeaderEpochs
{
    private readonly string _path;
    private readonly List<(int Epoch, long Start)> _entries;
    private int _current;

    public LeaderEpochs(string folder)
    {
        _path = Path.Combine(folder, "leader-epoch-checkpoint");
        FromFile = File.Exists(_path);
        _entries = FromFile
            ? [.. CheckpointFile.ReadLines(_path).Select(parts => (int.Parse(parts[0]), long.Parse(parts[1])))]
            : [];
        NoteCurrent();
    }

    /// <summary>Whether the file was there; else a scan fills the list.</summary>
    public bool FromFile { get; }

    /// <summary>The newest; 0 in an empty log. May be read at any time.</summary>
    public int Current => Volatile.Read(ref _current);

    /// <summary>Takes note of the epoch of a batch, or of one that begins without any.</summary>
    public void Note(int epoch, long offset, bool save = true)
    {
        if (epoch < 0 || (_entries.Count > 0 && _entries[^1].Epoch >= epoch))
            return;
        // An epoch in which nothing was written leaves no trace.
        _entries.RemoveAll(e => e.Start >= offset);
        _entries.Add((epoch, offset));
        NoteCurrent();
        if (save)
            Save();
    }

    public void Save() => CheckpointFile.Write(_path, _entries.Select(e => $"{e.Epoch} {e.Start}"));

    /// <summary>The epoch that was current at <paramref name="offset"/>; -1 where unknown.</summary>
    public int At(long offset)
    {
        var at = _entries.FindLastIndex(e => e.Start <= offset);
        return at < 0 ? -1 : _entries[at].Epoch;
    }

    /// <summary>The largest epoch not above <paramref name="epoch"/> and where it ends; (-1, -1) where that is unknown.</summary>
    public (int Epoch, long End) EndOf(int epoch, long logEnd)
    {
        if (_entries.Count == 0 || epoch > _entries[^1].Epoch || epoch < 0)
            return (-1, -1);
        if (epoch == _entries[^1].Epoch)
            return (epoch, logEnd);
        var next = _entries.FindIndex(e => e.Epoch > epoch);
        return (next == 0 ? epoch : _entries[next - 1].Epoch, _entries[next].Start);
    }

    private void NoteCurrent() => Volatile.Write(ref _current, _entries.Count == 0 ? 0 : Math.Max(0, _entries[^1].Epoch));
}
