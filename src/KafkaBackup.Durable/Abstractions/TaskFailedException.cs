namespace KafkaBackup.Durable;

/// <summary>Thrown in an orchestrator when an activity or a sub-orchestration that it called has failed.</summary>
/// <param name="taskName">The name of the task.</param>
/// <param name="taskId">Its number within the orchestration, from 0.</param>
/// <param name="failureDetails">What went wrong there, as data: the exception itself may have been thrown in another process.</param>
public sealed class TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
    : Exception($"Task '{taskName}' (#{taskId}) failed: {failureDetails.ErrorMessage}")
{
    public string TaskName { get; } = taskName;

    public int TaskId { get; } = taskId;

    public TaskFailureDetails FailureDetails { get; } = failureDetails;
}
