using System.Collections.Concurrent;
using KafkaBackup.Broker.State;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Groups;

/// <summary>The groups of the broker; their offsets lie in `group-offsets.jsonl` before a commit is answered.</summary>
internal sealed class GroupCoordinator : IDisposable
{
    private readonly ConcurrentDictionary<string, Group> _groups = [];
    private readonly TimeProvider _time;
    private readonly TimeSpan _initialDelay;
    private readonly Journal<OffsetLine> _journal;
    private readonly ITimer _sweep;

    public GroupCoordinator(DataFolder folder, TimeSpan initialRebalanceDelay, TimeProvider time)
    {
        (_time, _initialDelay) = (time, initialRebalanceDelay);
        _journal = Journal<OffsetLine>.Open(folder.GroupOffsets, StateJson.Default.OffsetLine, Restore);
        var period = TimeSpan.FromMilliseconds(100);
        _sweep = time.CreateTimer(_ => Sweep(), null, period, period);
    }

    public IEnumerable<Group> All => _groups.Values.OrderBy(group => group.Id, StringComparer.Ordinal);

    public Group? Find(string id) => _groups.GetValueOrDefault(id);

    public Group FindOrAdd(string id) => _groups.GetOrAdd(id, static (name, self) => new Group(name, self._time, self._initialDelay), this);

    /// <summary>Makes commits count. Whoever calls holds the group's lock and has checked that they may.</summary>
    public void Commit(Group group, IReadOnlyCollection<KeyValuePair<(string Topic, int Partition), CommittedOffset>> offsets)
    {
        _journal.Append(offsets.Select(o => Line(group, o.Key, o.Value)));
        foreach (var (partition, offset) in offsets)
            group.Offsets[partition] = offset;
    }

    /// <summary>Removes committed offsets. Whoever calls holds the group's lock.</summary>
    public void Forget(Group group, IReadOnlyCollection<(string Topic, int Partition)> partitions)
    {
        _journal.Append(partitions.Select(p => Line(group, p, new CommittedOffset(-1, -1, null))));
        foreach (var partition in partitions)
            group.Offsets.Remove(partition);
    }

    /// <summary>Keeps what kind of group it is, which its offsets do not say. Whoever calls holds the group's lock.</summary>
    public void NoteProtocolType(Group group) => _journal.Append([TypeLine(group)]);

    public ErrorCode Delete(string id)
    {
        if (Find(id) is not { } group)
            return ErrorCode.GroupIdNotFound;
        lock (group.Lock)
        {
            if (group.State == GroupState.Dead)
                return ErrorCode.GroupIdNotFound;
            if (group.State != GroupState.Empty)
                return ErrorCode.NonEmptyGroup;
            group.ProtocolType = "";
            NoteProtocolType(group);
            Forget(group, [.. group.Offsets.Keys]);
            group.Kill();
            _groups.TryRemove(id, out _);
            return ErrorCode.None;
        }
    }

    /// <summary>Removes what groups committed for a topic that is no more.</summary>
    public void ForgetTopic(string topic)
    {
        foreach (var group in _groups.Values)
        {
            lock (group.Lock)
                Forget(group, [.. group.Offsets.Keys.Where(key => key.Topic == topic)]);
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        _journal.Dispose();
    }

    private void Sweep()
    {
        foreach (var group in _groups.Values)
        {
            lock (group.Lock)
                group.Expire();
        }
    }

    private IEnumerable<OffsetLine> Restore(IEnumerable<OffsetLine> lines)
    {
        foreach (var line in lines)
        {
            var group = FindOrAdd(line.Group);
            if (line.Topic.Length == 0)
                group.ProtocolType = line.Metadata ?? "";
            else if (line.Offset < 0)
                group.Offsets.Remove((line.Topic, line.Partition));
            else
                group.Offsets[(line.Topic, line.Partition)] = new CommittedOffset(line.Offset, line.LeaderEpoch, line.Metadata);
        }

        foreach (var empty in _groups.Values.Where(group => group.Offsets.Count == 0 && group.ProtocolType.Length == 0))
            _groups.TryRemove(empty.Id, out _);
        return All.SelectMany(group => group.Offsets.Select(o => Line(group, o.Key, o.Value)).Append(TypeLine(group)));
    }

    private OffsetLine TypeLine(Group group) => new(group.Id, "", 0, -1, -1, group.ProtocolType, Now);

    private OffsetLine Line(Group group, (string Topic, int Partition) key, CommittedOffset offset) =>
        new(group.Id, key.Topic, key.Partition, offset.Offset, offset.LeaderEpoch, offset.Metadata, Now);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
