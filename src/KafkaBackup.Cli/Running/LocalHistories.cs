using System.Text;
using KafkaBackup.Durable;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Instances;
using KafkaBackup.Host.State;

namespace KafkaBackup.Cli.Running;

/// <summary>The histories under a state folder, or in Azure Storage. They are only read, so that looking at an orchestration does not make it go on.</summary>
internal sealed class LocalHistories(HistoryReader reader) : IHistories
{
    public static async Task<LocalHistories> OpenAsync(HostSettings settings, CancellationToken cancellation) =>
        new(await StateComposition.OpenReaderAsync(settings, cancellation));

    public async Task<IReadOnlyList<InstanceView>> ListAsync(InstanceListing which, CancellationToken cancellation)
    {
        var query = new OrchestrationQuery(which.Since, Statuses: which.Statuses.Count > 0 ? which.Statuses : null, FetchInputsAndOutputs: true);
        var instances = new List<InstanceView>();
        await foreach (var instance in reader.List(query).WithCancellation(cancellation))
        {
            instances.Add(InstanceView.Of(instance, []));
            if (instances.Count == which.Top)
                break;
        }

        return instances;
    }

    public async Task<InstanceView> ShowAsync(string id, CancellationToken cancellation) =>
        InstanceView.Of(await reader.FindAsync(id, cancellation) ?? throw new InstanceNotFoundException(id), []);

    public async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string id, CancellationToken cancellation)
    {
        if (await reader.FindAsync(id, cancellation) is null)
            throw new InstanceNotFoundException(id);
        return AuditTrail.Of(await reader.GetHistoryAsync(id, cancellation));
    }

    public async Task<string> RawHistoryAsync(string id, CancellationToken cancellation)
    {
        var instance = await reader.FindAsync(id, cancellation) ?? throw new InstanceNotFoundException(id);
        return Encoding.UTF8.GetString(RecordedHistory.Of(instance, await reader.GetHistoryAsync(id, cancellation)).Write());
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}
