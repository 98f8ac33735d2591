using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Asks for a group's committed offsets. Source: OffsetFetch (key 9), versions 1 to 7.</summary>
public sealed record OffsetFetchRequest : Request<OffsetFetchResponse>
{
    public override ApiKey Key => ApiKey.OffsetFetch;

    public string GroupId { get; set; } = "";

    /// <summary>Null, from version 2: all topics with committed offsets.</summary>
    public IReadOnlyList<OffsetFetchTopic>? Topics { get; set; }

    /// <summary>Whether an offset that an open transaction may still replace is an error.</summary>
    public bool RequireStable { get; set; }

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        Topics = wire.NullableArray(Topics);
        RequireStable = wire.Bool(RequireStable, since: 7);
    }
}

/// <summary>A topic to ask about.</summary>
public sealed record OffsetFetchTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<int> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Int32Array(Partitions);
    }
}

/// <summary>Answers <see cref="OffsetFetchRequest"/>.</summary>
public sealed record OffsetFetchResponse : Response
{
    public IReadOnlyList<FetchedOffsetsTopic> Topics { get; set; } = [];

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 3);
        Topics = wire.Array(Topics);
        ErrorCode = wire.Error(ErrorCode, since: 2);
    }
}

/// <summary>A topic's committed offsets.</summary>
public sealed record FetchedOffsetsTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<FetchedOffset> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition's committed offset.</summary>
public sealed record FetchedOffset : WireStruct
{
    public int Partition { get; set; }

    /// <summary>-1: nothing is committed.</summary>
    public long Offset { get; set; } = -1;

    public int LeaderEpoch { get; set; } = -1;

    public string? Metadata { get; set; }

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        Offset = wire.Int64(Offset);
        LeaderEpoch = wire.Int32(LeaderEpoch, since: 5);
        Metadata = wire.NullableString(Metadata);
        ErrorCode = wire.Error(ErrorCode);
    }
}
