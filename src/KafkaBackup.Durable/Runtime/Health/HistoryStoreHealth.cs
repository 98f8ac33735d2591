namespace KafkaBackup.Durable;

/// <summary>How the history store of this host does. Safe for use from several threads.</summary>
/// <param name="clock">The clock.</param>
public sealed class HistoryStoreHealth(TimeProvider clock)
{
    /// <summary>Whoever waits for a store tries it more often than this: without a failure for so long, nobody waits any more.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private HistoryStoreTrouble? writing;
    private HistoryStoreTrouble? reading;

    /// <summary>What is wrong, while it lasts; <see langword="null"/> if nothing is.</summary>
    public HistoryStoreTrouble? Trouble
    {
        get
        {
            lock (gate)
                return Current(writing) ?? Current(reading);
        }
    }

    internal void Succeeded(bool isWrite)
    {
        lock (gate)
        {
            reading = null;
            if (isWrite)
                writing = null;
        }
    }

    internal void Failed(string message, bool isWrite)
    {
        lock (gate)
        {
            ref var trouble = ref isWrite ? ref writing : ref reading;
            var now = clock.GetUtcNow();
            trouble = Current(trouble) is { } lasting
                ? lasting with { LastSeen = now, Failures = lasting.Failures + 1, Message = message }
                : new(now, now, 1, message, isWrite);
        }
    }

    private HistoryStoreTrouble? Current(HistoryStoreTrouble? trouble) => trouble is { } && clock.GetUtcNow() - trouble.LastSeen < Lasting ? trouble : null;
}
