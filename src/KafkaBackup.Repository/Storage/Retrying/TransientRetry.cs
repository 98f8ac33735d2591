using Polly;
using Polly.Retry;

namespace KafkaBackup.Repository.Storage.Retrying;

/// <summary>Makes calls again that failed in a way that may pass: so often, and no longer.</summary>
internal sealed class TransientRetry
{
    private readonly ResiliencePipeline patient;
    private readonly ResiliencePipeline first;
    private volatile bool hasAnswered;

    public TransientRetry(RetryOptions options, TimeProvider time)
    {
        patient = Pipeline(options.Retries, options, time);
        first = Pipeline(options.RetriesOfFirstContact, options, time);
    }

    /// <summary>Whether an error may pass.</summary>
    public static bool IsTransient(Exception? error) => error is RepositoryUnavailableException { IsTransient: true };

    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            var result = await (hasAnswered ? patient : first).ExecuteAsync(call, cancellationToken);
            hasAnswered = true;
            return result;
        }
        catch (RepositoryException e) when (!IsTransient(e))
        {
            // A refusal is an answer too.
            hasAnswered = true;
            throw;
        }
    }

    private static ResiliencePipeline Pipeline(int retries, RetryOptions options, TimeProvider time) => retries == 0 ? ResiliencePipeline.Empty
        : new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = arguments => ValueTask.FromResult(IsTransient(arguments.Outcome.Exception)),
            MaxRetryAttempts = retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.Delay,
            MaxDelay = options.LongestDelay,
            DelayGenerator = arguments => ValueTask.FromResult(AskedFor(arguments.Outcome.Exception, options.LongestDelay)),
        }).Build();

    /// <summary>The wait that the place asks for; null if it does not.</summary>
    private static TimeSpan? AskedFor(Exception? error, TimeSpan longest) =>
        error is RepositoryUnavailableException { RetryAfter: { } wait } ? (wait < longest ? wait : longest) : null;
}
