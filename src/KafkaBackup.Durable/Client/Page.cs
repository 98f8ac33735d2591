namespace KafkaBackup.Durable;

/// <summary>Some of the results of a query.</summary>
/// <param name="Values">The results.</param>
/// <param name="ContinuationToken">Asks for the next page; <see langword="null"/> if this is the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Values, string? ContinuationToken = null)
    where T : notnull;
