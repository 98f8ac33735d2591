namespace KafkaBackup.Durable.Runtime;

/// <summary>The instance has lost its state in memory (the store failed, or another host has gone on with it) and is about to load it again. Call again.</summary>
[GenerateSerializer]
internal sealed class InstanceReloadingException(string message) : Exception(message);
