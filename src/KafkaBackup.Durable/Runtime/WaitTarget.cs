namespace KafkaBackup.Durable.Runtime;

/// <summary>What is waited for.</summary>
internal enum WaitTarget
{
    Start,
    Completion,
}
