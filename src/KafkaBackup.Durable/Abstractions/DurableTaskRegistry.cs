using Microsoft.Extensions.DependencyInjection;

namespace KafkaBackup.Durable;

/// <summary>The orchestrators and activities that a host runs, by name. A class is registered under its own name unless another one is given.</summary>
public sealed class DurableTaskRegistry
{
    private readonly Dictionary<TaskName, Func<IServiceProvider, ITaskOrchestrator>> orchestrators = [];
    private readonly Dictionary<TaskName, Func<IServiceProvider, ITaskActivity>> activities = [];

    /// <exception cref="ArgumentException">The name is empty or taken. The same holds for every method here.</exception>
    public DurableTaskRegistry AddOrchestrator(TaskName name, Func<ITaskOrchestrator> factory)
    {
        Add(orchestrators, name, _ => factory());
        return this;
    }

    public DurableTaskRegistry AddOrchestrator<TOrchestrator>(TaskName name)
        where TOrchestrator : class, ITaskOrchestrator
    {
        Add(orchestrators, name, services => ActivatorUtilities.CreateInstance<TOrchestrator>(services));
        return this;
    }

    public DurableTaskRegistry AddOrchestrator<TOrchestrator>()
        where TOrchestrator : class, ITaskOrchestrator => AddOrchestrator<TOrchestrator>(typeof(TOrchestrator).Name);

    public DurableTaskRegistry AddOrchestratorFunc<TInput, TOutput>(TaskName name, Func<TaskOrchestrationContext, TInput, Task<TOutput>> orchestrator) =>
        AddOrchestrator(name, () => new FuncTaskOrchestrator<TInput, TOutput>(orchestrator));

    public DurableTaskRegistry AddActivity(TaskName name, Func<IServiceProvider, ITaskActivity> factory)
    {
        Add(activities, name, factory);
        return this;
    }

    public DurableTaskRegistry AddActivity<TActivity>(TaskName name)
        where TActivity : class, ITaskActivity => AddActivity(name, services => ActivatorUtilities.CreateInstance<TActivity>(services));

    public DurableTaskRegistry AddActivity<TActivity>()
        where TActivity : class, ITaskActivity => AddActivity<TActivity>(typeof(TActivity).Name);

    public DurableTaskRegistry AddActivityFunc<TInput, TOutput>(TaskName name, Func<TaskActivityContext, TInput, Task<TOutput>> activity) =>
        AddActivity(name, _ => new FuncTaskActivity<TInput, TOutput>(activity));

    internal bool HasOrchestrator(TaskName name) => orchestrators.ContainsKey(name);

    internal ITaskOrchestrator? CreateOrchestrator(TaskName name, IServiceProvider services) =>
        orchestrators.TryGetValue(name, out var create) ? create(services) : null;

    internal ITaskActivity? CreateActivity(TaskName name, IServiceProvider services) =>
        activities.TryGetValue(name, out var create) ? create(services) : null;

    private static void Add<T>(Dictionary<TaskName, Func<IServiceProvider, T>> tasks, TaskName name, Func<IServiceProvider, T> create)
    {
        if (name == default)
            throw new ArgumentException("A task needs a name.", nameof(name));
        if (!tasks.TryAdd(name, create))
            throw new ArgumentException($"A task named '{name}' is registered already.", nameof(name));
    }
}
