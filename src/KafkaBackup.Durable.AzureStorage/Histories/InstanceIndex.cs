using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>
/// Which instances there are (<c>a|TIME|KEY</c>, the time counted down so that the newest lie first) and which of them have not ended (<c>l|KEY|TIME</c>). An entry is
/// there before its instance and may outlive it; the time of creation in it tells the lives of one id apart.
/// </summary>
internal sealed class InstanceIndex(TableClient table)
{
    private const string Partition = "index";
    private const string Id = "Id";
    private const string All = "a|";
    private const string Live = "l|";
    private const string AfterAll = "a}";
    private const string AfterLive = "l}";

    public async Task AddAsync(InstanceRecord row)
    {
        List<string> keys = [KeyOf(ListPosition.Of(row))];
        if (row.IsLive)
            keys.Add(LiveKeyOf(row));
        await table.SubmitTransactionAsync(keys.Select(key =>
            new TableTransactionAction(TableTransactionActionType.UpsertReplace, new TableEntity(Partition, key) { [Id] = row.Id }))).ConfigureAwait(false);
    }

    /// <summary>The instance has ended.</summary>
    public Task RemoveLiveAsync(InstanceRecord row) => table.DeleteEntityAsync(Partition, LiveKeyOf(row));

    /// <summary>The instance is gone.</summary>
    public async Task RemoveAsync(InstanceRecord row)
    {
        await RemoveLiveAsync(row).ConfigureAwait(false);
        await table.DeleteEntityAsync(Partition, KeyOf(ListPosition.Of(row))).ConfigureAwait(false);
    }

    /// <summary>Those that have not ended, in no order.</summary>
    public async Task<IReadOnlyList<ListPosition>> ListLiveAsync(CancellationToken cancellation)
    {
        var live = new List<ListPosition>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey ge {Live} and RowKey lt {AfterLive}");
        await foreach (var entity in table.QueryAsync<TableEntity>(filter, select: ["RowKey", Id], cancellationToken: cancellation).ConfigureAwait(false))
            live.Add(new(long.Parse(entity.RowKey.AsSpan(entity.RowKey.Length - 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture), entity.GetString(Id)));
        return live;
    }

    /// <summary>The entries that a listing has to look at, the newest first.</summary>
    public async IAsyncEnumerable<ListPosition> ListAsync(InstanceFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (above, below) = Range(filter);
        if (filter.Statuses?.All(IsLive) == true)
        {
            // Few live among many that have ended: those are the ones to look at.
            foreach (var (_, live) in (await ListLiveAsync(cancellation).ConfigureAwait(false)).Select(live => (Key: KeyOf(live), live))
                .Where(each => string.CompareOrdinal(each.Key, above) > 0 && string.CompareOrdinal(each.Key, below) < 0 && HasPrefix(each.live.Id, filter))
                .OrderBy(each => each.Key, StringComparer.Ordinal))
                yield return live;
            yield break;
        }

        var query = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey gt {above} and RowKey lt {below}");
        await foreach (var entity in table.QueryAsync<TableEntity>(query, select: ["RowKey", Id], cancellationToken: cancellation).ConfigureAwait(false))
        {
            var id = entity.GetString(Id);
            if (HasPrefix(id, filter))
                yield return new(TicksOf(entity.RowKey), id);
        }
    }

    private static bool IsLive(OrchestrationRuntimeStatus status) =>
        status is OrchestrationRuntimeStatus.Pending or OrchestrationRuntimeStatus.Running or OrchestrationRuntimeStatus.Suspended;

    private static bool HasPrefix(string id, InstanceFilter filter) => filter.IdPrefix is null || id.StartsWith(filter.IdPrefix, StringComparison.Ordinal);

    /// <summary>The keys between which the entries of a listing lie, without these.</summary>
    private static (string Above, string Below) Range(InstanceFilter filter)
    {
        // Above the last one that was listed, or the newest that is asked for; up to the oldest.
        var above = ListPosition.Parse(filter.ContinuationToken) is { } position ? KeyOf(position)
            : filter.CreatedTo is { } to ? All + Countdown(to.UtcTicks - 1)
            : All;
        var below = filter.CreatedFrom is { } from ? All + Countdown(from.UtcTicks - 1) : AfterAll;
        return (above, below);
    }

    private static string KeyOf(ListPosition position) => $"{All}{Countdown(position.CreatedTicks)}|{InstanceKey.Of(position.Id)}";

    private static string LiveKeyOf(InstanceRecord row) => $"{Live}{InstanceKey.Of(row.Id)}|{row.CreatedAt.UtcTicks:x16}";

    private static string Countdown(long ticks) => (long.MaxValue - ticks).ToString("x16", CultureInfo.InvariantCulture);

    private static long TicksOf(string rowKey) => long.MaxValue - long.Parse(rowKey.AsSpan(All.Length, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
