using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Running;

/// <summary>The histories of orchestrations, to look at.</summary>
internal interface IHistories : IAsyncDisposable
{
    Task<IReadOnlyList<InstanceView>> ListAsync(CancellationToken cancellation);

    Task<InstanceView> ShowAsync(string id, CancellationToken cancellation);

    Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string id, CancellationToken cancellation);
}
