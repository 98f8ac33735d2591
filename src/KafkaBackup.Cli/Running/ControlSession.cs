using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Instances;
using KafkaBackup.Host.Secrets;
using KafkaBackup.Host.State;
using KafkaBackup.Workflows;

namespace KafkaBackup.Cli.Running;

/// <summary>Orchestrations to steer: those under a state folder, which nobody else may use meanwhile, or those of a service.</summary>
/// <param name="control">Steers them.</param>
/// <param name="owner">What is behind it; disposed with the session.</param>
internal sealed class ControlSession(IInstanceControl control, IAsyncDisposable owner) : IAsyncDisposable
{
    public IInstanceControl Control => control;

    /// <summary>Opens a state folder. One that is not there has no orchestrations, and is not made.</summary>
    /// <exception cref="Durable.Stores.StateFolderInUseException">A service, or another command, works on it.</exception>
    public static async Task<ControlSession> OpenAsync(HostSettings settings, CancellationToken cancellation)
    {
        var path = StateComposition.HistoryPath(settings.State);
        var instances = await IdleInstances.OpenAsync(
            tasks => tasks.AddWorkflows(),
            options => (options.SqlitePath, options.Redact) = (File.Exists(path) ? path : null, SecretSettings.Of(settings).Redact),
            cancellation);
        return new ControlSession(new InstanceControl(instances.Client.As(Requester.Here), TimeProvider.System), instances);
    }

    /// <summary>Steers the orchestrations of a service.</summary>
    public static ControlSession Of(Uri host, string? apiKey)
    {
        var remote = new RemoteControl(new ServiceClient(host, apiKey));
        return new ControlSession(remote, remote);
    }

    public ValueTask DisposeAsync() => owner.DisposeAsync();
}
