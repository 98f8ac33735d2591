namespace KafkaBackup.Broker.Tests;

/// <summary>The system's clock, put forward by what a test says; its timers run as they do.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _ahead;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));
}
