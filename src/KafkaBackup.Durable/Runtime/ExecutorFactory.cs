using KafkaBackup.Durable.Replay;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Runtime;

/// <summary>Puts an instance and its code together.</summary>
internal sealed class ExecutorFactory(DurableTaskRegistry registry, DataConverter converter, SecretGuard secrets, IServiceProvider services, ILoggerFactory loggers)
{
    public SecretGuard Secrets { get; } = secrets;

    /// <exception cref="InvalidOperationException">The code is not registered, or cannot be made.</exception>
    public OrchestrationExecutor Create(ExecutionIdentity identity) =>
        new(identity, registry.CreateOrchestrator(identity.Name, identity.Version, services), converter, loggers);
}
