namespace KafkaBackup.Cli.Output;

/// <summary>Tells on standard error, a line now and then, how far something is; nothing beside JSON.</summary>
internal sealed class ProgressLines<T>(bool silent, Func<T, string> describe, TimeProvider time) : IProgress<T>
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private long last = time.GetTimestamp();

    public void Report(T value)
    {
        lock (gate)
        {
            if (silent || time.GetElapsedTime(last) < LineEvery)
                return;
            last = time.GetTimestamp();
            Console.Error.WriteLine(describe(value));
        }
    }
}
