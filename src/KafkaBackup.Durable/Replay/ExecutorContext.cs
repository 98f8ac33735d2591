using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Replay;

/// <summary>The context that the executor hands to the code.</summary>
internal sealed class ExecutorContext(OrchestrationExecutor executor, ExecutionIdentity identity, DataConverter converter, ILoggerFactory loggers) : TaskOrchestrationContext
{
    private int guids;

    public override TaskName Name => identity.Name;

    public override string InstanceId => identity.InstanceId;

    public override ParentOrchestrationInstance? Parent => identity.Parent;

    public override DateTime CurrentUtcDateTime => executor.Now.UtcDateTime;

    public override string Version => identity.Version ?? "";

    public override bool IsReplaying => executor.IsReplaying;

    protected override ILoggerFactory LoggerFactory => loggers;

    public override T? GetInput<T>()
        where T : default => converter.Deserialize<T>(executor.Input);

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        executor.VerifyThread();
        var json = converter.Serialize(input);
        var output = await new RetryLoop(this, options).RunAsync(name, attempt => executor.Call(new()
        {
            Type = HistoryEventType.TaskScheduled,
            Name = name,
            Input = json,
            Attempt = attempt,
            Version = VersionFor(options),
            Tags = StoredTags.Write(options?.Tags),
        }, Cancellation(options)));
        return converter.Deserialize<TResult>(output)!;
    }

    public override async Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        executor.VerifyThread();
        var json = converter.Serialize(input);
        var chosenId = (options as SubOrchestrationOptions)?.InstanceId;
        var output = await new RetryLoop(this, options).RunAsync(orchestratorName, attempt => executor.Call(new()
        {
            Type = HistoryEventType.SubOrchestrationInstanceCreated,
            Name = orchestratorName,
            Input = json,
            Attempt = attempt,
            InstanceId = chosenId ?? $"{InstanceId}:{identity.Generation}:{executor.NextTaskId}",
            Version = VersionFor(options),
            Tags = StoredTags.Write(options?.Tags),
        }, Cancellation(options)));
        return converter.Deserialize<TResult>(output)!;
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        executor.VerifyThread();
        await executor.Call(new() { Type = HistoryEventType.TimerCreated, FireAt = AsUtc(fireAt) }, cancellationToken);
    }

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        executor.VerifyThread();
        cancellationToken.ThrowIfCancellationRequested();
        return converter.Deserialize<T>(await executor.Events.Wait(eventName, cancellationToken))!;
    }

    public override void SetCustomStatus(object? customStatus)
    {
        executor.VerifyThread();
        executor.CustomStatus = converter.Serialize(customStatus);
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => ContinueAsNew(new(), newInput, preserveUnprocessedEvents);

    public override void ContinueAsNew(ContinueAsNewOptions options, object? newInput = null, bool preserveUnprocessedEvents = true)
    {
        executor.VerifyThread();
        executor.ContinueAsNew(converter.Serialize(newInput), options.NewVersion ?? identity.Version, preserveUnprocessedEvents);
    }

    public override Guid NewGuid()
    {
        executor.VerifyThread();
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{InstanceId}:{identity.Generation}:{guids++}")).AsSpan(0, 16);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80); // version 8: made by a rule of our own
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }

    private string? VersionFor(TaskOptions? options) => options?.Version is not { } version ? identity.Version : version == default ? null : version.Version;

    private static CancellationToken Cancellation(TaskOptions? options) => options?.CancellationToken ?? CancellationToken.None;

    private static DateTimeOffset AsUtc(DateTime time) =>
        new(time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
