namespace KafkaBackup.Durable;

/// <summary>Which of the instances that have ended to delete. What is left out does not restrict.</summary>
/// <param name="CreatedFrom">Created at this time or later.</param>
/// <param name="CreatedTo">Created before this time.</param>
/// <param name="Statuses">In one of these states; instances that have not ended are kept, whatever is named here.</param>
public sealed record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null);
