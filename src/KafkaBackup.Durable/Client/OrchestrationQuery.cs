namespace KafkaBackup.Durable;

/// <summary>Which instances to list. What is left out does not restrict.</summary>
/// <param name="CreatedFrom">Created at this time or later.</param>
/// <param name="CreatedTo">Created before this time.</param>
/// <param name="Statuses">In one of these states.</param>
/// <param name="InstanceIdPrefix">With ids that begin so, case counted.</param>
/// <param name="PageSize">Instances per page; at least 1.</param>
/// <param name="FetchInputsAndOutputs">Whether inputs, outputs and custom status come with them.</param>
/// <param name="ContinuationToken">Where an earlier page ended.</param>
public sealed record OrchestrationQuery(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null,
    string? InstanceIdPrefix = null,
    int PageSize = OrchestrationQuery.DefaultPageSize,
    bool FetchInputsAndOutputs = false,
    string? ContinuationToken = null)
{
    public const int DefaultPageSize = 100;
}
