namespace KafkaBackup.Kafka.Connections;

/// <summary>
/// How long brokers have held back whoever counts it here: the time in which at least one of his connections might not send, so that pauses
/// that overlap count once. Safe to use from several flows.
/// </summary>
public sealed class ThrottleTime(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _until;
    private TimeSpan _total;

    /// <summary>The time so far; a pause counts whole from its beginning on.</summary>
    public TimeSpan Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    /// <summary>A pause that begins now.</summary>
    internal void Add(TimeSpan pause)
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start);
            var counted = _until > now ? _until : now;
            if (now + pause <= counted)
                return;
            _total += now + pause - counted;
            _until = now + pause;
        }
    }
}
