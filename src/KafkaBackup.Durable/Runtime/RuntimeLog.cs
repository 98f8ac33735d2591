using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Runtime;

/// <summary>What the runtime logs: 100-119 instances, 120-139 activities, 140-159 recovery, 160-179 retention.</summary>
internal static partial class RuntimeLog
{
    [LoggerMessage(100, LogLevel.Warning, "Instance {InstanceId}: a commit failed ({Failures} times now) and is tried again")]
    public static partial void CommitFailed(this ILogger logger, Exception exception, string instanceId, int failures);

    [LoggerMessage(101, LogLevel.Warning, "Instance {InstanceId} loses its state in memory and is loaded again")]
    public static partial void InstanceReloads(this ILogger logger, Exception exception, string instanceId);

    [LoggerMessage(102, LogLevel.Error, "Instance {InstanceId} is parked: {Reason}")]
    public static partial void InstanceParked(this ILogger logger, string instanceId, string reason);

    [LoggerMessage(103, LogLevel.Debug, "Instance {InstanceId}: a message could not be sent and will be sent again")]
    public static partial void MessageLost(this ILogger logger, Exception exception, string instanceId);

    [LoggerMessage(120, LogLevel.Warning, "Activity {Name} of {InstanceId} (#{TaskId}, attempt {Attempt}) failed: {Failure}")]
    public static partial void ActivityFailed(this ILogger logger, string name, string instanceId, int taskId, int attempt, TaskFailureDetails failure);

    [LoggerMessage(121, LogLevel.Debug, "Activity {Name} of {InstanceId} (#{TaskId}) was cut off: {Why}")]
    public static partial void ActivityCutOff(this ILogger logger, string name, string instanceId, int taskId, string why);

    [LoggerMessage(122, LogLevel.Warning, "Activity {Name} of {InstanceId} (#{TaskId}): its orchestration could not be reached and is tried again")]
    public static partial void OrchestrationUnreachable(this ILogger logger, Exception exception, string name, string instanceId, int taskId);

    [LoggerMessage(123, LogLevel.Warning, "Activity {Name} of {InstanceId}: its progress cannot be serialized")]
    public static partial void ProgressUnserializable(this ILogger logger, Exception exception, string name, string instanceId);

    [LoggerMessage(160, LogLevel.Error, "Finished instances could not be cleared away; it is tried again at {Next}")]
    public static partial void RetentionFailed(this ILogger logger, Exception exception, DateTimeOffset next);

    [LoggerMessage(161, LogLevel.Information, "{Count} finished instances were cleared away, the histories of {Archived} of them archived")]
    public static partial void Cleared(this ILogger logger, int count, int archived);

    [LoggerMessage(162, LogLevel.Error, "The history of {InstanceId} could not be archived; the instance is kept")]
    public static partial void ArchivingFailed(this ILogger logger, Exception exception, string instanceId);

    [LoggerMessage(140, LogLevel.Information, "{Count} unfinished instances are taken up again")]
    public static partial void Recovering(this ILogger logger, int count);

    [LoggerMessage(141, LogLevel.Warning, "The unfinished instances could not be listed")]
    public static partial void ScanFailed(this ILogger logger, Exception exception);

    [LoggerMessage(142, LogLevel.Warning, "Instance {InstanceId} could not be taken up again; the next scan tries it")]
    public static partial void TouchFailed(this ILogger logger, Exception exception, string instanceId);
}
