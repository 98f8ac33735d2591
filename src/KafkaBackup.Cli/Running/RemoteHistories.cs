using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Running;

/// <summary>The histories of a running service.</summary>
internal sealed class RemoteHistories(Uri host, string? apiKey) : IHistories
{
    private readonly ServiceClient _service = new(host, apiKey);

    public Task<IReadOnlyList<InstanceView>> ListAsync(CancellationToken cancellation) => _service.GetAsync<IReadOnlyList<InstanceView>>("api/instances", cancellation);

    public Task<InstanceView> ShowAsync(string id, CancellationToken cancellation) =>
        _service.GetAsync<InstanceView>($"api/instances/{Uri.EscapeDataString(id)}", cancellation);

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string id, CancellationToken cancellation) =>
        _service.GetAsync<IReadOnlyList<HistoryEntry>>($"api/instances/{Uri.EscapeDataString(id)}/history", cancellation);

    public ValueTask DisposeAsync()
    {
        _service.Dispose();
        return ValueTask.CompletedTask;
    }
}
