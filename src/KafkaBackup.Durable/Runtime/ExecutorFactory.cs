using KafkaBackup.Durable.Replay;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Durable.Runtime;

/// <summary>Puts an instance and its code together.</summary>
internal sealed class ExecutorFactory(DurableTaskRegistry registry, DataConverter converter, IServiceProvider services, ILoggerFactory loggers)
{
    /// <exception cref="InvalidOperationException">The code is not registered, or cannot be made.</exception>
    public OrchestrationExecutor Create(ExecutionIdentity identity)
    {
        var code = registry.CreateOrchestrator(identity.Name, services)
            ?? throw new InvalidOperationException($"No orchestrator named '{identity.Name}' is registered on this host.");
        return new(identity, code, converter, loggers);
    }
}
