namespace KafkaBackup.Durable.Runtime;

/// <summary>Keeps secrets out of what is committed, reported and logged, as far as the host can tell one when it sees it.</summary>
internal sealed class SecretGuard(DurableTaskOptions options)
{
    public string Clean(string text) => options.Redact(text);

    public TaskFailureDetails Clean(TaskFailureDetails failure) => failure with
    {
        ErrorMessage = Clean(failure.ErrorMessage),
        StackTrace = failure.StackTrace is { } trace ? Clean(trace) : null,
        InnerFailure = failure.InnerFailure is { } inner ? Clean(inner) : null,
    };

    /// <exception cref="SecretInHistoryException">The text holds a secret.</exception>
    public string? Verify(string? text, string what) => text is null || options.Redact(text) == text ? text : throw new SecretInHistoryException(what);
}
