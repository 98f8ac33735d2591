namespace KafkaBackup.Durable;

/// <summary>What an activity knows about the attempt that it is.</summary>
public abstract class TaskActivityContext
{
    /// <summary>The name of the activity.</summary>
    public abstract TaskName Name { get; }

    /// <summary>The instance of the orchestration that called the activity.</summary>
    public abstract string InstanceId { get; }

    /// <summary>
    /// Counts from 1 how often this call has begun to run: after a crash, after a stop of the host and by a retry policy alike. Above 1 an earlier attempt may have left
    /// work behind.
    /// </summary>
    public abstract int Attempt { get; }

    /// <summary>
    /// Cancelled when the result is of no interest any more (the orchestration has ended, or cancelled the call) and when the host stops (the activity then runs again
    /// elsewhere or later; whatever exception the cancellation causes is not recorded as a failure).
    /// </summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>
    /// Tells onlookers how far the attempt has come. Cheap and throttled: only the latest value is kept, in memory, and shown by
    /// <see cref="DurableTaskClient.GetProgressAsync"/>; the history never sees it. Pass an immutable value: it is serialized later.
    /// </summary>
    public abstract void ReportProgress(object progress);
}
