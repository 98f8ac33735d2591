namespace KafkaBackup.Durable.Runtime;

/// <summary>A call of an activity.</summary>
[GenerateSerializer, Immutable]
internal sealed record ActivityRequest(string InstanceId, int Generation, int TaskId, string Name, string? Input, string? Version)
{
    /// <summary>The key of the grain that runs it.</summary>
    public string Key => $"{TaskId}|{Generation}|{InstanceId}";
}
