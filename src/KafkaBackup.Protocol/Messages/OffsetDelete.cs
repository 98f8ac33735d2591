using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Deletes committed offsets of a group. Source: OffsetDelete (key 47), version 0.</summary>
public sealed record OffsetDeleteRequest : Request<OffsetDeleteResponse>
{
    public override ApiKey Key => ApiKey.OffsetDelete;

    public string GroupId { get; set; } = "";

    public IReadOnlyList<OffsetDeleteTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        GroupId = wire.String(GroupId);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic to delete offsets of.</summary>
public sealed record OffsetDeleteTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<OffsetDeletePartition> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>A partition to delete the offset of.</summary>
public sealed record OffsetDeletePartition : WireStruct
{
    public int Partition { get; set; }

    public override void Describe(Wire wire) => Partition = wire.Int32(Partition);
}

/// <summary>Answers <see cref="OffsetDeleteRequest"/>.</summary>
public sealed record OffsetDeleteResponse : Response
{
    public ErrorCode ErrorCode { get; set; }

    public IReadOnlyList<DeletedOffsetsTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ErrorCode = wire.Error(ErrorCode);
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs);
        Topics = wire.Array(Topics);
    }
}

/// <summary>A topic's share of the answer.</summary>
public sealed record DeletedOffsetsTopic : WireStruct
{
    public string Topic { get; set; } = "";

    public IReadOnlyList<DeletedOffset> Partitions { get; set; } = [];

    public override void Describe(Wire wire)
    {
        Topic = wire.String(Topic);
        Partitions = wire.Array(Partitions);
    }
}

/// <summary>Whether a partition's offset was deleted.</summary>
public sealed record DeletedOffset : WireStruct
{
    public int Partition { get; set; }

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        Partition = wire.Int32(Partition);
        ErrorCode = wire.Error(ErrorCode);
    }
}
