using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>How an instance is to be created.</summary>
[GenerateSerializer, Immutable]
internal sealed record StartRequest(string Name, string? Input, DateTimeOffset? StartAt, ParentCall? Parent);
