using System.Net.Http.Json;
using System.Text.Json;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Http;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Running;

/// <summary>Has a running service do it; clusters and repositories are its own named connections, so no secret travels.</summary>
internal sealed class RemoteOrchestrations(Uri host, string? apiKey) : IOrchestrations
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private readonly ServiceClient _service = new(host, apiKey);

    public async Task<InstanceView> RunAsync(string kind, object request, Action<InstanceView> progress, CancellationToken cancellation)
    {
        var links = await _service.PostAsync<InstanceLinks>($"api/{kind}", JsonContent.Create(request, request.GetType(), options: HttpJson.Options), cancellation);
        while (true)
        {
            var view = await _service.GetAsync<InstanceView>($"api/instances/{Uri.EscapeDataString(links.Id)}", cancellation);
            if (view.RuntimeStatus is "Completed")
                return view;
            if (view.RuntimeStatus is "Failed" or "Terminated")
                throw new OrchestrationFailedException(links.Id, new ErrorReport(view.ExitCode ?? ExitCode.Failed, 500, view.RuntimeStatus, view.Error ?? $"it was {view.RuntimeStatus.ToLowerInvariant()}"));
            if (view.IsParked == true)
                throw new OrchestrationFailedException(links.Id, new ErrorReport(ExitCode.Failed, 500, "Parked", $"it is parked: {view.Error?.TrimEnd('.')}; {view.Remedy}"));
            progress(view);
            await Task.Delay(PollInterval, TimeProvider.System, cancellation);
        }
    }

    public ValueTask DisposeAsync()
    {
        _service.Dispose();
        return ValueTask.CompletedTask;
    }
}
