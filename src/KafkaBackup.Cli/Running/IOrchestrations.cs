using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Running;

/// <summary>Where orchestrations run: in this process, or in a service.</summary>
internal interface IOrchestrations : IAsyncDisposable
{
    /// <summary>Starts an orchestration, or attaches to the unfinished one that was asked for in the same words, and waits for its end.</summary>
    Task<InstanceView> RunAsync(string kind, object request, Action<InstanceView> progress, CancellationToken cancellation);
}
