using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Groups;

/// <summary>
/// A group under the classic protocol: its members and their generations, and its committed offsets. Whoever calls holds <see cref="Lock"/>.
/// Source: the states of Kafka 2.4's GroupCoordinator.
/// </summary>
internal sealed class Group(string id, TimeProvider time, TimeSpan initialDelay)
{
    private readonly Dictionary<string, DateTimeOffset> _pendingIds = [];
    private DateTimeOffset _joinDeadline;
    private DateTimeOffset _earliestStart;

    public Lock Lock { get; } = new();

    public string Id => id;

    public GroupState State { get; private set; } = GroupState.Empty;

    public int Generation { get; private set; }

    public string ProtocolType { get; set; } = "";

    public string Protocol { get; private set; } = "";

    public string Leader { get; private set; } = "";

    public Dictionary<string, GroupMember> Members { get; } = [];

    public Dictionary<(string Topic, int Partition), CommittedOffset> Offsets { get; } = [];

    /// <summary>By producer id, what open transactions will commit.</summary>
    public Dictionary<long, Dictionary<(string Topic, int Partition), CommittedOffset>> PendingOffsets { get; } = [];

    public Task<JoinGroupResponse> Join(JoinGroupRequest request, RequestIdentity who)
    {
        if (request.Protocols.Count == 0 || request.ProtocolType.Length == 0 || !Supports(request))
            return Refuse(request, ErrorCode.InconsistentGroupProtocol);
        var known = Members.GetValueOrDefault(request.MemberId);
        var named = request.GroupInstanceId is { } instance ? Members.Values.FirstOrDefault(m => m.InstanceId == instance) : null;
        if (request.MemberId.Length == 0)
        {
            if (named is not null)
                return Replace(named, request, who);
            if (who.NeedsKnownId && request.GroupInstanceId is null)
            {
                _pendingIds[who.NewMemberId] = time.GetUtcNow() + TimeSpan.FromMilliseconds(request.SessionTimeoutMs);
                return Task.FromResult(new JoinGroupResponse { ErrorCode = ErrorCode.MemberIdRequired, MemberId = who.NewMemberId });
            }

            return Add(who.NewMemberId, request, who);
        }

        if (named is not null && named.Id != request.MemberId)
            return Refuse(request, ErrorCode.FencedInstanceId);
        if (known is null)
            return _pendingIds.Remove(request.MemberId) ? Add(request.MemberId, request, who) : Refuse(request, ErrorCode.UnknownMemberId);
        known.LastSeen = time.GetUtcNow();
        var unchanged = known.HasSameProtocols(request.Protocols);
        if (unchanged && (State == GroupState.CompletingRebalance || (State == GroupState.Stable && known.Id != Leader)))
            return Task.FromResult(Answer(known));
        known.SetProtocols(request.Protocols);
        return Rejoin(known);
    }

    public Task<SyncGroupResponse> Sync(SyncGroupRequest request)
    {
        if (Check(request.MemberId, request.GroupInstanceId, request.GenerationId) is var error and not ErrorCode.None)
            return Task.FromResult(new SyncGroupResponse { ErrorCode = error });
        var member = Members[request.MemberId];
        member.LastSeen = time.GetUtcNow();
        switch (State)
        {
            case GroupState.PreparingRebalance:
                return Task.FromResult(new SyncGroupResponse { ErrorCode = ErrorCode.RebalanceInProgress });
            case GroupState.Stable:
                return Task.FromResult(new SyncGroupResponse { Assignment = member.Assignment });
        }

        var waiting = member.Syncing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (member.Id == Leader)
        {
            foreach (var assignment in request.Assignments)
            {
                if (Members.TryGetValue(assignment.MemberId, out var assigned))
                    assigned.Assignment = assignment.Assignment.ToArray();
            }

            State = GroupState.Stable;
            CompleteSyncs(m => new SyncGroupResponse { Assignment = m.Assignment });
        }

        return waiting.Task;
    }

    public ErrorCode Heartbeat(string memberId, string? instanceId, int generation)
    {
        if (Check(memberId, instanceId, generation) is var error and not ErrorCode.None)
            return error;
        Members[memberId].LastSeen = time.GetUtcNow();
        return State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    public ErrorCode Leave(string memberId, string? instanceId)
    {
        if (_pendingIds.Remove(memberId))
            return ErrorCode.None;
        var member = instanceId is null ? Members.GetValueOrDefault(memberId) : Members.Values.FirstOrDefault(m => m.InstanceId == instanceId);
        if (member is null)
            return ErrorCode.UnknownMemberId;
        if (memberId.Length > 0 && member.Id != memberId)
            return ErrorCode.FencedInstanceId;
        Remove(member);
        return ErrorCode.None;
    }

    /// <summary>Whether one who says that he is in <paramref name="generation"/> may commit offsets; -1: one who is no member.</summary>
    public ErrorCode CheckCommit(string memberId, string? instanceId, int generation)
    {
        if (State == GroupState.Dead)
            return ErrorCode.CoordinatorNotAvailable;
        if (generation < 0 && State == GroupState.Empty)
            return ErrorCode.None;
        if (Check(memberId, instanceId, generation) is var error and not ErrorCode.None)
            return error;
        Members[memberId].LastSeen = time.GetUtcNow();
        return State == GroupState.CompletingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>Takes out the members that have not been heard of, and ends waits that have lasted too long.</summary>
    public void Expire()
    {
        var now = time.GetUtcNow();
        foreach (var pending in _pendingIds.Where(p => p.Value < now).Select(p => p.Key).ToList())
            _pendingIds.Remove(pending);
        foreach (var member in Members.Values.Where(m => m.Joining is null && m.LastSeen + m.SessionTimeout < now).ToList())
            Remove(member);
        TryBegin(now);
    }

    public void Kill()
    {
        State = GroupState.Dead;
        Offsets.Clear();
        PendingOffsets.Clear();
    }

    private ErrorCode Check(string memberId, string? instanceId, int generation)
    {
        if (instanceId is not null && Members.Values.FirstOrDefault(m => m.InstanceId == instanceId) is { } named && named.Id != memberId)
            return ErrorCode.FencedInstanceId;
        if (!Members.ContainsKey(memberId))
            return ErrorCode.UnknownMemberId;
        return generation == Generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private bool Supports(JoinGroupRequest request) =>
        Members.Values.All(m => m.Id == request.MemberId)
        || (request.ProtocolType == ProtocolType
            && request.Protocols.Any(p => Members.Values.Where(m => m.Id != request.MemberId).All(m => m.Protocols.Any(q => q.Name == p.Name))));

    private Task<JoinGroupResponse> Add(string memberId, JoinGroupRequest request, RequestIdentity who)
    {
        var member = new GroupMember
        {
            Id = memberId,
            InstanceId = request.GroupInstanceId,
            ClientId = who.ClientId,
            ClientHost = who.ClientHost,
            SessionTimeout = TimeSpan.FromMilliseconds(request.SessionTimeoutMs),
            RebalanceTimeout = TimeSpan.FromMilliseconds(request.RebalanceTimeoutMs < 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs),
            LastSeen = time.GetUtcNow(),
        };
        member.SetProtocols(request.Protocols);
        ProtocolType = request.ProtocolType;
        Members[memberId] = member;
        return Rejoin(member);
    }

    // A static member that comes back takes its old place; in a stable group nobody else notices.
    private Task<JoinGroupResponse> Replace(GroupMember old, JoinGroupRequest request, RequestIdentity who)
    {
        Members.Remove(old.Id);
        old.Joining?.TrySetResult(new JoinGroupResponse { ErrorCode = ErrorCode.FencedInstanceId, MemberId = old.Id });
        old.Syncing?.TrySetResult(new SyncGroupResponse { ErrorCode = ErrorCode.FencedInstanceId });
        (old.Joining, old.Syncing) = (null, null);
        var leader = Leader;
        if (Leader == old.Id)
            Leader = who.NewMemberId;
        old.Id = who.NewMemberId;
        old.LastSeen = time.GetUtcNow();
        Members[old.Id] = old;
        if (State == GroupState.Stable && old.HasSameProtocols(request.Protocols))
            return Task.FromResult(new JoinGroupResponse { GenerationId = Generation, ProtocolName = Protocol, Leader = leader, MemberId = old.Id });
        old.SetProtocols(request.Protocols);
        return Rejoin(old);
    }

    private Task<JoinGroupResponse> Rejoin(GroupMember member)
    {
        member.Joining?.TrySetResult(new JoinGroupResponse { ErrorCode = ErrorCode.UnknownMemberId, MemberId = member.Id });
        var waiting = member.Joining = new(TaskCreationOptions.RunContinuationsAsynchronously);
        PrepareRebalance();
        TryBegin(time.GetUtcNow());
        return waiting.Task;
    }

    private void PrepareRebalance()
    {
        if (State == GroupState.PreparingRebalance)
            return;
        if (State == GroupState.CompletingRebalance)
            CompleteSyncs(_ => new SyncGroupResponse { ErrorCode = ErrorCode.RebalanceInProgress });
        var now = time.GetUtcNow();
        _earliestStart = State == GroupState.Empty ? now + initialDelay : now;
        _joinDeadline = now + Members.Values.Select(m => m.RebalanceTimeout).DefaultIfEmpty().Max();
        State = GroupState.PreparingRebalance;
    }

    private void TryBegin(DateTimeOffset now)
    {
        if (State != GroupState.PreparingRebalance || now < _earliestStart)
            return;
        var missing = Members.Values.Where(m => m.Joining is null).ToList();
        if ((missing.Count > 0 || _pendingIds.Count > 0) && now < _joinDeadline)
            return;
        foreach (var member in missing.Where(m => m.InstanceId is null))
            Members.Remove(member.Id);
        Generation++;
        if (Members.Values.All(m => m.Joining is null))
        {
            Members.Clear();
            (State, Protocol, Leader) = (GroupState.Empty, "", "");
            return;
        }

        Protocol = Vote();
        if (Members.GetValueOrDefault(Leader)?.Joining is null)
            Leader = Members.Values.First(m => m.Joining is not null).Id;
        State = GroupState.CompletingRebalance;
        foreach (var member in Members.Values)
        {
            (member.Assignment, member.LastSeen) = ([], now);
            member.Joining?.TrySetResult(Answer(member));
            member.Joining = null;
        }
    }

    private JoinGroupResponse Answer(GroupMember member) => new()
    {
        GenerationId = Generation,
        ProtocolName = Protocol,
        Leader = Leader,
        MemberId = member.Id,
        Members = member.Id != Leader
            ? []
            : [.. Members.Values.Select(m => new JoinedMember { MemberId = m.Id, GroupInstanceId = m.InstanceId, Metadata = m.MetadataOf(Protocol) })],
    };

    // Each member votes for the first of its protocols that all support.
    private string Vote()
    {
        var common = Members.Values.Select(m => m.Protocols.Select(p => p.Name)).Aggregate((a, b) => a.Intersect(b)).ToHashSet();
        return Members.Values.Select(m => m.Protocols.First(p => common.Contains(p.Name)).Name).GroupBy(name => name).MaxBy(g => g.Count())!.Key;
    }

    private void Remove(GroupMember member)
    {
        Members.Remove(member.Id);
        member.Joining?.TrySetResult(new JoinGroupResponse { ErrorCode = ErrorCode.UnknownMemberId, MemberId = member.Id });
        member.Syncing?.TrySetResult(new SyncGroupResponse { ErrorCode = ErrorCode.UnknownMemberId });
        PrepareRebalance();
        TryBegin(time.GetUtcNow());
    }

    private void CompleteSyncs(Func<GroupMember, SyncGroupResponse> answer)
    {
        foreach (var member in Members.Values)
        {
            member.Syncing?.TrySetResult(answer(member));
            member.Syncing = null;
        }
    }

    private static Task<JoinGroupResponse> Refuse(JoinGroupRequest request, ErrorCode error) =>
        Task.FromResult(new JoinGroupResponse { ErrorCode = error, MemberId = request.MemberId });
}
