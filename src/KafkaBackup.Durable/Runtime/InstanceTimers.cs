namespace KafkaBackup.Durable.Runtime;

/// <summary>The durable timers of an instance in memory, by task. A timer may be further away than the clock's timers reach: it is approached in steps.</summary>
/// <param name="clock">The clock.</param>
/// <param name="onDue">Called once for each timer that is due, on any thread.</param>
internal sealed class InstanceTimers(TimeProvider clock, Action<int> onDue) : IDisposable
{
    private static readonly TimeSpan LongestStep = TimeSpan.FromDays(20);
    private readonly Lock gate = new();
    private readonly Dictionary<int, ITimer> timers = [];

    /// <summary>Sets a timer, unless it is set already.</summary>
    public void Arm(int taskId, DateTimeOffset fireAt)
    {
        lock (gate)
        {
            if (timers.ContainsKey(taskId))
                return;
            // It starts only once it is in the table: it may be due at once.
            var timer = clock.CreateTimer(_ => Step(taskId, fireAt), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            timers[taskId] = timer;
            timer.Change(UntilNextStep(fireAt), Timeout.InfiniteTimeSpan);
        }
    }

    public void Disarm(int taskId)
    {
        lock (gate)
        {
            if (timers.Remove(taskId, out var timer))
                timer.Dispose();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var timer in timers.Values)
                timer.Dispose();
            timers.Clear();
        }
    }

    private void Step(int taskId, DateTimeOffset fireAt)
    {
        lock (gate)
        {
            if (!timers.TryGetValue(taskId, out var timer))
                return;
            if (fireAt > clock.GetUtcNow())
            {
                timer.Change(UntilNextStep(fireAt), Timeout.InfiniteTimeSpan);
                return;
            }
            timers.Remove(taskId);
            timer.Dispose();
        }
        onDue(taskId);
    }

    private TimeSpan UntilNextStep(DateTimeOffset fireAt)
    {
        var left = fireAt - clock.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return TimeSpan.Zero;
        // The clock's timers count in whole milliseconds, so as not to come early.
        return left < LongestStep ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : LongestStep;
    }
}
