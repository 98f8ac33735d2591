namespace KafkaBackup.Durable.Replay;

/// <summary>Makes a call again after a failure, as its options say. It is part of the orchestrator: its delays are durable timers.</summary>
internal sealed class RetryLoop(TaskOrchestrationContext context, TaskOptions? call)
{
    private readonly TaskRetryOptions? options = call?.Retry;
    private readonly CancellationToken cancellation = call?.CancellationToken ?? CancellationToken.None;

    /// <param name="name">The task, for the exception.</param>
    /// <param name="call">Makes the call, given the number of its first attempt.</param>
    /// <exception cref="TaskFailedException">The last attempt failed.</exception>
    public async Task<string?> RunAsync(string name, Func<int, Task<CallResult>> call)
    {
        var begun = context.CurrentUtcDateTime;
        var nextAttempt = 1;
        for (var failed = 1; ; failed++)
        {
            var result = await call(nextAttempt);
            if (result.Failure is null)
                return result.Output;
            if (!await MayTryAgainAsync(failed, result.Failure, begun))
                throw new TaskFailedException(name, result.TaskId, result.Failure);
            nextAttempt = result.LastAttempt + 1;
        }
    }

    private async Task<bool> MayTryAgainAsync(int failed, TaskFailureDetails failure, DateTime begun)
    {
        var spent = context.CurrentUtcDateTime - begun;
        if (options?.Handler is { } handler)
            return await handler(new(context, failed, failure, spent, cancellation));
        if (options?.Policy is not { } policy || failed >= policy.MaxNumberOfAttempts || !policy.HandleFailure(failure))
            return false;
        var delay = policy.DelayAfter(failed);
        if (policy.RetryTimeout != Timeout.InfiniteTimeSpan && spent + delay > policy.RetryTimeout)
            return false;
        await context.CreateTimer(delay, cancellation);
        return true;
    }
}
