namespace KafkaBackup.Durable.Runtime;

/// <summary>Makes a call again until it succeeds, after growing pauses.</summary>
internal static class Patiently
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <param name="call">What to do.</param>
    /// <param name="onFailure">Is told of each failure; a true answer gives up and throws it.</param>
    /// <param name="cancellation">Ends the trying.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static async Task<T> DoAsync<T>(Func<Task<T>> call, Func<Exception, int, bool> onFailure, CancellationToken cancellation)
    {
        var pause = FirstPause;
        for (var failures = 1; ; failures++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return await call();
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && !onFailure(failure, failures))
            {
                await Task.Delay(pause, TimeProvider.System, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }
}
