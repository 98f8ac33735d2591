using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Broker.Groups;

/// <summary>A member of a group.</summary>
internal sealed class GroupMember
{
    public required string Id { get; set; }

    /// <summary>The name of a static member; null for a dynamic one.</summary>
    public required string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required TimeSpan SessionTimeout { get; init; }

    public required TimeSpan RebalanceTimeout { get; init; }

    /// <summary>The ways of sharing out that it supports, with what the leader needs to know.</summary>
    public IReadOnlyList<GroupProtocol> Protocols { get; private set; } = [];

    public byte[] Assignment { get; set; } = [];

    /// <summary>When it was last heard of.</summary>
    public DateTimeOffset LastSeen { get; set; }

    /// <summary>Waits for the generation to begin.</summary>
    public TaskCompletionSource<JoinGroupResponse>? Joining { get; set; }

    /// <summary>Waits for its assignment.</summary>
    public TaskCompletionSource<SyncGroupResponse>? Syncing { get; set; }

    /// <summary>Takes the protocols over, copied: those of a request lie in its frame.</summary>
    public void SetProtocols(IReadOnlyList<GroupProtocol> protocols) =>
        Protocols = [.. protocols.Select(p => new GroupProtocol { Name = p.Name, Metadata = p.Metadata.ToArray() })];

    public bool HasSameProtocols(IReadOnlyList<GroupProtocol> protocols) =>
        protocols.Count == Protocols.Count
        && protocols.Zip(Protocols).All(pair => pair.First.Name == pair.Second.Name && pair.First.Metadata.Span.SequenceEqual(pair.Second.Metadata.Span));

    public ReadOnlyMemory<byte> MetadataOf(string protocol) => Protocols.FirstOrDefault(p => p.Name == protocol)?.Metadata ?? default;
}
