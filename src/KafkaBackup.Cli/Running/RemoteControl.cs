using System.Globalization;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Running;

/// <summary>Has a running service steer its orchestrations.</summary>
internal sealed class RemoteControl(ServiceClient service) : IInstanceControl, IAsyncDisposable
{
    public Task<InstanceView> SuspendAsync(string id, string? reason, CancellationToken cancellation) => SteerAsync(id, "suspend", $"?{Reason(reason)}", cancellation);

    public Task<InstanceView> ResumeAsync(string id, string? reason, CancellationToken cancellation) => SteerAsync(id, "resume", $"?{Reason(reason)}", cancellation);

    public Task<InstanceView> TerminateAsync(string id, string? reason, bool isRecursive, CancellationToken cancellation) =>
        SteerAsync(id, "terminate", $"?{Reason(reason)}&recursive={(isRecursive ? "true" : "false")}", cancellation);

    public async Task<PurgeReport> PurgeAsync(string id, CancellationToken cancellation)
    {
        await service.DeleteAsync(PathOf(id), cancellation);
        return new PurgeReport(false, [id]);
    }

    public Task<PurgeReport> PurgeAsync(PurgeRequest request, CancellationToken cancellation) => service.DeleteAsync<PurgeReport>(
        $"api/instances?olderThan={((long)request.OlderThan.TotalSeconds).ToString(CultureInfo.InvariantCulture)}s&runtimeStatus={string.Join(',', request.Statuses)}&dryRun={(request.DryRun ? "true" : "false")}",
        cancellation);

    public ValueTask DisposeAsync()
    {
        service.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string PathOf(string id) => $"api/instances/{Uri.EscapeDataString(id)}";

    private static string Reason(string? reason) => reason is null ? "" : $"reason={Uri.EscapeDataString(reason)}";

    private Task<InstanceView> SteerAsync(string id, string verb, string query, CancellationToken cancellation) =>
        service.PostAsync<InstanceView>($"{PathOf(id)}/{verb}{query}", null, cancellation);
}
