using KafkaBackup.Durable.Runtime;
using KafkaBackup.Durable.Stores.Sqlite;

namespace KafkaBackup.Durable.Stores;

/// <summary>Looks at histories without being their host: nothing is resumed, nothing is locked, and a host may be at work on them.</summary>
/// <param name="source">The histories; disposed with the reader.</param>
/// <param name="converter">Reads inputs, outputs and custom status. Default: <see cref="JsonDataConverter.Default"/>.</param>
public sealed class HistoryReader(IHistorySource source, DataConverter? converter = null) : IAsyncDisposable
{
    /// <summary>Opens a SQLite file of histories. One that is not there holds none.</summary>
    /// <exception cref="InvalidDataException">The file was written by a later version of this program.</exception>
    public static Task<HistoryReader> OpenSqliteAsync(string path, CancellationToken cancellation) =>
        Task.Run(() => new HistoryReader(new SqliteHistoryFile(path)), cancellation);

    /// <summary>Lists instances, the newest first.</summary>
    /// <exception cref="ArgumentException">The continuation token is none of this store's; thrown while enumerating.</exception>
    public AsyncPageable<OrchestrationMetadata> List(OrchestrationQuery query) => source.Query(query, Converter);

    /// <summary>An instance, with its input and output; <see langword="null"/> if there is none.</summary>
    public async Task<OrchestrationMetadata?> FindAsync(string instanceId, CancellationToken cancellation) =>
        await source.FindAsync(instanceId, cancellation).ConfigureAwait(false) is { } row ? Show(row) : null;

    /// <summary>The history of an instance; empty if there is none.</summary>
    public async Task<IReadOnlyList<HistoryEvent>> GetHistoryAsync(string instanceId, CancellationToken cancellation) =>
        (await source.LoadAsync(instanceId, cancellation).ConfigureAwait(false))?.History ?? [];

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private OrchestrationMetadata Show(InstanceRecord row) => row.ToMetadata(true, Converter);

    private DataConverter Converter => converter ?? JsonDataConverter.Default;
}
