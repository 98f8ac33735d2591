using KafkaBackup.Durable;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Running;

/// <summary>The histories of orchestrations, to look at.</summary>
internal interface IHistories : IAsyncDisposable
{
    Task<IReadOnlyList<InstanceView>> ListAsync(InstanceListing which, CancellationToken cancellation);

    Task<InstanceView> ShowAsync(string id, CancellationToken cancellation);

    Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string id, CancellationToken cancellation);

    /// <summary>The recorded history as JSON, as an archive keeps it.</summary>
    Task<string> RawHistoryAsync(string id, CancellationToken cancellation);
}

/// <summary>Which orchestrations to list, the newest first.</summary>
/// <param name="Top">How many at most; null: all.</param>
/// <param name="Statuses">How they stand; empty: in whichever way.</param>
/// <param name="Since">Asked for at this time or later; null: whenever.</param>
internal sealed record InstanceListing(int? Top, IReadOnlyList<OrchestrationRuntimeStatus> Statuses, DateTimeOffset? Since);
