using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Protocol.Messages;

/// <summary>Deletes topics. Source: DeleteTopics (key 20), versions 0 to 4.</summary>
public sealed record DeleteTopicsRequest : Request<DeleteTopicsResponse>
{
    public override ApiKey Key => ApiKey.DeleteTopics;

    public IReadOnlyList<string> TopicNames { get; set; } = [];

    public int TimeoutMs { get; set; }

    public override void Describe(Wire wire)
    {
        TopicNames = wire.StringArray(TopicNames);
        TimeoutMs = wire.Int32(TimeoutMs);
    }
}

/// <summary>Answers <see cref="DeleteTopicsRequest"/>.</summary>
public sealed record DeleteTopicsResponse : Response
{
    public IReadOnlyList<DeletedTopic> Topics { get; set; } = [];

    public override void Describe(Wire wire)
    {
        ThrottleTimeMs = wire.Int32(ThrottleTimeMs, since: 1);
        Topics = wire.Array(Topics);
    }
}

/// <summary>Whether a topic was deleted.</summary>
public sealed record DeletedTopic : WireStruct
{
    public string Name { get; set; } = "";

    public ErrorCode ErrorCode { get; set; }

    public override void Describe(Wire wire)
    {
        Name = wire.String(Name);
        ErrorCode = wire.Error(ErrorCode);
    }
}
