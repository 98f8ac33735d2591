namespace KafkaBackup.Durable;

/// <summary>Something that was to be kept in a history holds a secret. It was not written; name a connection of the host's configuration in its place.</summary>
/// <param name="what">What it was: an input, an output, an event.</param>
public sealed class SecretInHistoryException(string what)
    : ArgumentException($"{what} holds a secret, and histories keep none: name a connection of the configuration in its place");
