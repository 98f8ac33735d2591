namespace KafkaBackup.Durable.Stores;

/// <summary>Which instances to list.</summary>
/// <param name="CreatedFrom">Created at this time or later.</param>
/// <param name="CreatedTo">Created before this time.</param>
/// <param name="Statuses">In one of these states; <see langword="null"/>: in any.</param>
/// <param name="IdPrefix">With ids that begin so, compared byte by byte.</param>
/// <param name="PageSize">At most so many; at least 1.</param>
/// <param name="ContinuationToken">From where an earlier page ended.</param>
public sealed record InstanceFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IReadOnlyCollection<OrchestrationRuntimeStatus>? Statuses = null,
    string? IdPrefix = null,
    int PageSize = OrchestrationQuery.DefaultPageSize,
    string? ContinuationToken = null);
