using System.Globalization;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Running;

/// <summary>The histories of a running service.</summary>
internal sealed class RemoteHistories(Uri host, string? apiKey) : IHistories
{
    private readonly ServiceClient _service = new(host, apiKey);

    public async Task<IReadOnlyList<InstanceView>> ListAsync(InstanceListing which, CancellationToken cancellation)
    {
        var path = $"api/instances?runtimeStatus={string.Join(',', which.Statuses)}";
        if (which.Since is { } since)
            path += $"&createdTimeFrom={Uri.EscapeDataString(since.ToString("O", CultureInfo.InvariantCulture))}";
        var instances = new List<InstanceView>();
        string? next = null;
        do
        {
            var (page, following) = await _service.GetPageAsync<IReadOnlyList<InstanceView>>(
                which.Top is { } top ? $"{path}&top={top - instances.Count}" : path, next, cancellation);
            instances.AddRange(page);
            next = following;
        }
        while (next is not null && instances.Count < (which.Top ?? int.MaxValue));
        return instances;
    }

    public Task<InstanceView> ShowAsync(string id, CancellationToken cancellation) =>
        _service.GetAsync<InstanceView>($"api/instances/{Uri.EscapeDataString(id)}", cancellation);

    public Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string id, CancellationToken cancellation) =>
        _service.GetAsync<IReadOnlyList<HistoryEntry>>($"api/instances/{Uri.EscapeDataString(id)}/history", cancellation);

    public Task<string> RawHistoryAsync(string id, CancellationToken cancellation) =>
        _service.GetTextAsync($"api/instances/{Uri.EscapeDataString(id)}/history?raw=true", cancellation);

    public ValueTask DisposeAsync()
    {
        _service.Dispose();
        return ValueTask.CompletedTask;
    }
}
