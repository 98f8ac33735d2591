using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace KafkaBackup.Durable;

/// <summary>
/// The orchestrators and activities that a host runs, by name and version. A class is registered under its own name unless another one is given, and under the
/// version of its <see cref="DurableTaskVersionAttribute"/>. Every version that instances in flight were started with has to stay registered.
/// </summary>
public sealed class DurableTaskRegistry
{
    private readonly VersionedTasks<ITaskOrchestrator> orchestrators = new();
    private readonly VersionedTasks<ITaskActivity> activities = new();

    /// <exception cref="ArgumentException">The name is empty, or taken in that version. The same holds for every method here.</exception>
    public DurableTaskRegistry AddOrchestrator(TaskName name, TaskVersion version, Func<ITaskOrchestrator> factory)
    {
        orchestrators.Add(name, version, _ => factory());
        return this;
    }

    /// <inheritdoc cref="AddOrchestrator(TaskName, TaskVersion, Func{ITaskOrchestrator})"/>
    public DurableTaskRegistry AddOrchestrator(TaskName name, Func<ITaskOrchestrator> factory) => AddOrchestrator(name, default, factory);

    public DurableTaskRegistry AddOrchestrator<TOrchestrator>(TaskName name)
        where TOrchestrator : class, ITaskOrchestrator
    {
        orchestrators.Add(name, VersionOf<TOrchestrator>(), services => ActivatorUtilities.CreateInstance<TOrchestrator>(services));
        return this;
    }

    public DurableTaskRegistry AddOrchestrator<TOrchestrator>()
        where TOrchestrator : class, ITaskOrchestrator => AddOrchestrator<TOrchestrator>(typeof(TOrchestrator).Name);

    public DurableTaskRegistry AddOrchestratorFunc<TInput, TOutput>(TaskName name, Func<TaskOrchestrationContext, TInput, Task<TOutput>> orchestrator) =>
        AddOrchestratorFunc(name, default, orchestrator);

    public DurableTaskRegistry AddOrchestratorFunc<TInput, TOutput>(
        TaskName name, TaskVersion version, Func<TaskOrchestrationContext, TInput, Task<TOutput>> orchestrator) =>
        AddOrchestrator(name, version, () => new FuncTaskOrchestrator<TInput, TOutput>(orchestrator));

    public DurableTaskRegistry AddActivity(TaskName name, TaskVersion version, Func<IServiceProvider, ITaskActivity> factory)
    {
        activities.Add(name, version, factory);
        return this;
    }

    public DurableTaskRegistry AddActivity(TaskName name, Func<IServiceProvider, ITaskActivity> factory) => AddActivity(name, default, factory);

    public DurableTaskRegistry AddActivity<TActivity>(TaskName name)
        where TActivity : class, ITaskActivity => AddActivity(name, VersionOf<TActivity>(), services => ActivatorUtilities.CreateInstance<TActivity>(services));

    public DurableTaskRegistry AddActivity<TActivity>()
        where TActivity : class, ITaskActivity => AddActivity<TActivity>(typeof(TActivity).Name);

    public DurableTaskRegistry AddActivityFunc<TInput, TOutput>(TaskName name, Func<TaskActivityContext, TInput, Task<TOutput>> activity) =>
        AddActivityFunc(name, default, activity);

    public DurableTaskRegistry AddActivityFunc<TInput, TOutput>(TaskName name, TaskVersion version, Func<TaskActivityContext, TInput, Task<TOutput>> activity) =>
        AddActivity(name, version, _ => new FuncTaskActivity<TInput, TOutput>(activity));

    internal bool HasOrchestrator(TaskName name, string? version) => orchestrators.Find(name, version) is not null;

    /// <exception cref="InvalidOperationException">It is not registered.</exception>
    internal ITaskOrchestrator CreateOrchestrator(TaskName name, string? version, IServiceProvider services) =>
        orchestrators.Find(name, version)?.Invoke(services) ?? throw MissingOrchestrator(name, version);

    internal InvalidOperationException MissingOrchestrator(TaskName name, string? version) => orchestrators.Missing("orchestrator", name, version);

    /// <exception cref="InvalidOperationException">It is not registered.</exception>
    internal ITaskActivity CreateActivity(TaskName name, string? version, IServiceProvider services) =>
        activities.Find(name, version)?.Invoke(services) ?? throw activities.Missing("activity", name, version);

    private static TaskVersion VersionOf<T>() => typeof(T).GetCustomAttribute<DurableTaskVersionAttribute>()?.Version ?? default;
}
