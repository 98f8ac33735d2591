using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Durable.Tests.Support;

/// <summary>
/// One instance without a host: the test plays the world. With <see cref="ReloadsBeforeEachEvent"/> the instance is thrown away and replayed from its history
/// before every event, which must make no difference.
/// </summary>
internal sealed class InstanceHarness
{
    private readonly ILoggerFactory loggers;
    private Action<DurableTaskRegistry> tasks;
    private InstanceRun run;
    private int version;

    public InstanceHarness(
        string name, object? input, Action<DurableTaskRegistry> tasks, bool reload = false, ParentCall? parent = null, ILoggerFactory? loggers = null, string? version = null)
    {
        this.tasks = tasks;
        this.loggers = loggers ?? NullLoggerFactory.Instance;
        ReloadsBeforeEachEvent = reload;
        var json = JsonDataConverter.Default.Serialize(input);
        run = InstanceRun.New(Factory(), new() { Id = "i", Name = name, Input = json, CreatedAt = Now, UpdatedAt = Now, Parent = parent, TaskVersion = version });
        Step(run.Row.Start);
    }

    public bool ReloadsBeforeEachEvent { get; }

    public DateTimeOffset Now { get; private set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public List<HistoryEvent> History { get; private set; } = [];

    public InstanceRecord Row => run.Row;

    public IEnumerable<OpenTask> Open => run.Work.All;

    public IEnumerable<OpenTask> Dropped { get; private set; } = [];

    public T? Output<T>() => JsonDataConverter.Default.Deserialize<T>(Row.Output);

    public IEnumerable<string> Names(HistoryEventType type) => History.Where(each => each.Type == type).Select(each => each.Name!);

    /// <summary>Ends the oldest open call of that name.</summary>
    public void Complete(string name, object? output = null) => End(name, call => new()
    {
        Type = call.Type == HistoryEventType.TaskScheduled ? HistoryEventType.TaskCompleted : HistoryEventType.SubOrchestrationInstanceCompleted,
        Output = JsonDataConverter.Default.Serialize(output),
    });

    public void Fail(string name, Exception? failure = null) => End(name, call => new()
    {
        Type = call.Type == HistoryEventType.TaskScheduled ? HistoryEventType.TaskFailed : HistoryEventType.SubOrchestrationInstanceFailed,
        Failure = TaskFailureDetails.FromException(failure ?? new IOException("broken")),
    });

    public void Begin(string name, string host = "h") => End(name, _ => new() { Type = HistoryEventType.TaskStarted, HostName = host });

    /// <summary>Fires the next timer, at its time.</summary>
    public void FireTimer()
    {
        var timer = Open.Where(each => each.Call.Type == HistoryEventType.TimerCreated).MinBy(each => each.Call.FireAt)!;
        Now = timer.Call.FireAt!.Value;
        Step(new() { Type = HistoryEventType.TimerFired, TaskId = timer.Id, Generation = Row.Generation });
    }

    public void Raise(string name, object? payload = null) =>
        Step(new() { Type = HistoryEventType.EventRaised, Name = name, Input = JsonDataConverter.Default.Serialize(payload) });

    public void Send(HistoryEventType type) => Step(new() { Type = type });

    public bool Step(HistoryEvent @event)
    {
        if (ReloadsBeforeEachEvent && Row.Version is not null)
            Reload();
        var incoming = new Incoming(@event);
        var inbox = new Queue<Incoming>([incoming]);
        do
            Commit(run.Next(inbox, Now));
        while (inbox.Count > 0 || run.HasMore);
        return incoming.Done.Task.Result is not null;
    }

    /// <summary>Throws the instance away and loads it again, with other code if some is given.</summary>
    public void Reload(Action<DurableTaskRegistry>? repaired = null)
    {
        tasks = repaired ?? tasks;
        run = InstanceRun.Loaded(Factory(), new(Row, [.. History]));
        while (run.HasMore)
            Commit(run.Next(new(), Now));
    }

    public void Wait(TimeSpan time) => Now += time;

    private void End(string name, Func<HistoryEvent, HistoryEvent> ending)
    {
        var call = Open.First(each => each.Call.Name == name).Call;
        Step(ending(call) with { TaskId = call.TaskId, Generation = Row.Generation });
    }

    private void Commit(InstanceStep step)
    {
        Dropped = step.Dropped;
        if (step.Commit is { } commit)
        {
            History = commit.Previous?.Generation == commit.Next.Generation ? [.. History, .. commit.Events] : [.. commit.Events];
            Xunit.Assert.Equal(commit.Next.Length, History.Count);
            run.Committed(commit.Next with { Version = $"{++version}" });
        }
        foreach (var (incoming, committed) in step.Answers)
            incoming.Done.SetResult(committed);
    }

    private ExecutorFactory Factory()
    {
        var registry = new DurableTaskRegistry();
        tasks(registry);
        return new(registry, JsonDataConverter.Default, new(new()), new ServiceCollection().BuildServiceProvider(), loggers);
    }
}
