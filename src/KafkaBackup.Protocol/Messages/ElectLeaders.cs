using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Has leaders elected anew. Source: ElectLeaders (key 43), versions 0 to 2.</summary>
public sealed record ElectLeadersRequest : Request<ElectLeadersResponse>
{
    public override ApiKey Key => ApiKey.ElectLeaders;

    /// <summary>Which replica may win; before version 1 always the preferred one.</summary>
    public ElectionType ElectionType { get; set; }

    /// <summary>Null: all.</summary>
    public IReadOnlyList<ElectLeadersTopic>? Topics { get; set; } = [];

    public int TimeoutMs { get; set; } = 60_000;

    public override void Describe(Wire wire)
    {
        ElectionType = (ElectionType)wire.Int8((sbyte)ElectionType, since: 1);
        Topics = wire.NullableArray(Topics);
        TimeoutMs = wire.Int32(TimeoutMs);
    }
}

/// <summary>Which replica may become the leader.</summary>
public enum ElectionType : sbyte
{
    /// <summary>The first of the partition's replicas.</summary>
    Preferred = 0,

    /// <summary>Any, one out of sync too, if no other lives.</summary>
    Unclean = 1,
}

/// <summary>Partitions of a topic.</summary>
public sealed record ElectLeadersTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<int> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Int32Array(Partitions);
    }
}

/// <summary>Answers <see cref="ElectLeadersRequest"/>.</summary>
public sealed record ElectLeadersResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public IReadOnlyList<ElectedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        ErrorCode = wire.Error(ErrorCode, since: 1);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of the answer.</summary>
public sealed record ElectedTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<ElectedPartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>Whether a partition has its leader.</summary>
public sealed record ElectedPartition : WireStruct
{
    public int Partition { get; set; }

    public ErrorCode ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        ErrorCode = wire.Error(ErrorCode);
        ErrorMessage = wire.NullableString(ErrorMessage);
    }
}
