namespace KafkaBackup.Durable;

/// <summary>Where histories go before their instances are cleared away. A host that has one registers it as a service.</summary>
public interface IHistoryArchive
{
    /// <summary>Keeps a history. It may come a second time, when the first time was cut off; that is no error.</summary>
    /// <returns>False if there is no place for this one; the instance is cleared away all the same.</returns>
    /// <exception cref="Exception">The place can't be reached: the instance is kept, and the next time tries again.</exception>
    Task<bool> KeepAsync(RecordedHistory history, CancellationToken cancellation);
}
