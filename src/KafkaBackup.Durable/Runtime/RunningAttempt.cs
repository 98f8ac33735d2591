namespace KafkaBackup.Durable.Runtime;

/// <summary>An attempt that runs on this host, and what its activity sees of it.</summary>
/// <param name="request">The call.</param>
/// <param name="started">The beginning of the attempt, as committed.</param>
/// <param name="cancellation">Cancelled when the result is of no interest any more, or the host stops.</param>
internal sealed class RunningAttempt(ActivityRequest request, HistoryEvent started, CancellationToken cancellation) : TaskActivityContext
{
    private object? progress;
    private long taken;

    public ActivityRequest Request { get; } = request;

    public HistoryEvent Started { get; } = started;

    public override TaskName Name => Request.Name;

    public override string InstanceId => Request.InstanceId;

    public override int Attempt => Started.Attempt;

    public override CancellationToken CancellationToken { get; } = cancellation;

    public override void ReportProgress(object progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        Volatile.Write(ref this.progress, progress);
    }

    /// <summary>Takes what was reported; called by one flow.</summary>
    /// <returns>What was reported since this was last asked, if anything, with an ascending number.</returns>
    public (object Progress, long Number)? TakeProgress() => Interlocked.Exchange(ref progress, null) is { } reported ? (reported, ++taken) : null;
}
