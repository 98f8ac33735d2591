namespace KafkaBackup.Durable.Runtime;

/// <summary>Makes ids for instances that are started without one.</summary>
internal interface IInstanceIds
{
    /// <returns>An id that was never given before.</returns>
    string Next();
}
