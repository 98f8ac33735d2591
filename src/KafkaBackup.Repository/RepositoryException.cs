namespace KafkaBackup.Repository;

/// <summary>What is wrong with a repository, or with the place that it lies in. The message is for the operator: what, where, and what to do.</summary>
public abstract class RepositoryException(string message, Exception? inner = null) : Exception(message, inner);
