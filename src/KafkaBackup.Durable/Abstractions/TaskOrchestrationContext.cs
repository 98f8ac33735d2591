using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable;

/// <summary>
/// What an orchestrator acts through. Every member may be used from the orchestrator's own thread only, and only tasks from here may be awaited; anything else is
/// found out and parks the instance (see <see cref="NonDeterministicOrchestrationException"/>).
/// </summary>
public abstract class TaskOrchestrationContext
{
    /// <summary>The name of the orchestrator.</summary>
    public abstract TaskName Name { get; }

    /// <summary>The identity of this instance.</summary>
    public abstract string InstanceId { get; }

    /// <summary>The orchestration that waits for this one, or <see langword="null"/>.</summary>
    public abstract ParentOrchestrationInstance? Parent { get; }

    /// <summary>The time of the event that is being handled, in UTC: the same in every replay.</summary>
    public abstract DateTime CurrentUtcDateTime { get; }

    /// <summary>The version that this instance was started with, or was given by its last ContinueAsNew; empty: unversioned.</summary>
    public virtual string Version => "";

    /// <summary>True while the history is gone through again.</summary>
    public abstract bool IsReplaying { get; }

    /// <summary>Makes loggers for <see cref="CreateReplaySafeLogger(string)"/>.</summary>
    protected abstract ILoggerFactory LoggerFactory { get; }

    /// <summary>The input of this instance, or the type's default value if there was none.</summary>
    public abstract T? GetInput<T>();

    /// <summary>Calls an activity whose result is of no interest.</summary>
    /// <inheritdoc cref="CallActivityAsync{TResult}"/>
    public virtual Task CallActivityAsync(TaskName name, object? input = null, TaskOptions? options = null) => CallActivityAsync<object>(name, input, options);

    /// <summary>Calls an activity.</summary>
    /// <param name="name">The activity's name.</param>
    /// <param name="input">Its input, stored as JSON in the history: no secrets, nothing large.</param>
    /// <param name="options">How to try again.</param>
    /// <exception cref="TaskFailedException">The activity failed, in every attempt that <paramref name="options"/> allows.</exception>
    public abstract Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null);

    /// <summary>Runs another orchestration whose result is of no interest.</summary>
    /// <inheritdoc cref="CallSubOrchestratorAsync{TResult}(TaskName, object?, TaskOptions?)"/>
    public virtual Task CallSubOrchestratorAsync(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        CallSubOrchestratorAsync<object>(orchestratorName, input, options);

    /// <inheritdoc cref="CallSubOrchestratorAsync{TResult}(TaskName, object?, TaskOptions?)"/>
    public virtual Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, TaskOptions options) =>
        CallSubOrchestratorAsync<TResult>(orchestratorName, null, options);

    /// <inheritdoc cref="CallSubOrchestratorAsync(TaskName, object?, TaskOptions?)"/>
    public virtual Task CallSubOrchestratorAsync(TaskName orchestratorName, TaskOptions options) => CallSubOrchestratorAsync(orchestratorName, null, options);

    /// <summary>Runs another orchestration, with an instance and a history of its own, and waits for it.</summary>
    /// <param name="orchestratorName">The orchestrator's name.</param>
    /// <param name="input">Its input, stored as JSON in both histories.</param>
    /// <param name="options">How to try again; a <see cref="SubOrchestrationOptions"/> also chooses the instance id.</param>
    /// <exception cref="TaskFailedException">The sub-orchestration failed or was terminated, or its instance id belongs to another instance.</exception>
    public abstract Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null);

    /// <summary>A durable timer that fires after <paramref name="delay"/>, however long, and across restarts.</summary>
    public virtual Task CreateTimer(TimeSpan delay, CancellationToken cancellationToken) => CreateTimer(CurrentUtcDateTime.Add(delay), cancellationToken);

    /// <summary>A durable timer that fires at <paramref name="fireAt"/> (UTC), at once if that has passed.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public abstract Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken);

    /// <summary>
    /// Waits for an event from outside. Events that come before anyone waits are kept; each one completes one wait, in order. Names are compared without regard to case.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public abstract Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default);

    /// <summary>Waits for an event from outside, for so long.</summary>
    /// <exception cref="OperationCanceledException">The time passed first.</exception>
    public async Task<T> WaitForExternalEvent<T>(string eventName, TimeSpan timeout)
    {
        using CancellationTokenSource timerIsMoot = new();
        using CancellationTokenSource waitIsMoot = new();
        var timer = CreateTimer(timeout, timerIsMoot.Token);
        var raised = WaitForExternalEvent<T>(eventName, waitIsMoot.Token);
        if (await Task.WhenAny(timer, raised) == raised)
            timerIsMoot.Cancel();
        else
            waitIsMoot.Cancel();
        return await raised;
    }

    /// <summary>Sets the status that <see cref="OrchestrationMetadata.SerializedCustomStatus"/> shows; <see langword="null"/> clears it.</summary>
    public abstract void SetCustomStatus(object? customStatus);

    /// <summary>
    /// Ends this run and starts the orchestrator again with a new input and an empty history, under the same instance id. Return right after it; tasks that are
    /// still open are cancelled and forgotten.
    /// </summary>
    /// <param name="newInput">The input of the next run.</param>
    /// <param name="preserveUnprocessedEvents">Whether events that nobody has waited for yet are there in the next run.</param>
    public abstract void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true);

    /// <inheritdoc cref="ContinueAsNew(object?, bool)"/>
    /// <param name="options">What changes with the next run.</param>
    /// <param name="newInput">The input of the next run.</param>
    /// <param name="preserveUnprocessedEvents">Whether events that nobody has waited for yet are there in the next run.</param>
    public abstract void ContinueAsNew(ContinueAsNewOptions options, object? newInput = null, bool preserveUnprocessedEvents = true);

    /// <summary>How <see cref="Version"/> compares: below zero if it is earlier than <paramref name="version"/>. See <see cref="TaskVersion.Compare"/>.</summary>
    public int CompareVersionTo(string version) => TaskVersion.Compare(Version, version);

    /// <summary>A GUID that is the same in every replay and different for every call and instance.</summary>
    public abstract Guid NewGuid();

    /// <summary>A logger that is silent while the history is replayed.</summary>
    public virtual ILogger CreateReplaySafeLogger(string categoryName) => new ReplaySafeLogger(this, LoggerFactory.CreateLogger(categoryName));

    /// <inheritdoc cref="CreateReplaySafeLogger(string)"/>
    public virtual ILogger CreateReplaySafeLogger(Type type) => new ReplaySafeLogger(this, LoggerFactory.CreateLogger(type));

    /// <inheritdoc cref="CreateReplaySafeLogger(string)"/>
    public virtual ILogger CreateReplaySafeLogger<T>() => CreateReplaySafeLogger(typeof(T));
}
