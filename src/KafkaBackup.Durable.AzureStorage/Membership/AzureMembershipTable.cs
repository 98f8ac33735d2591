using Azure;
using Azure.Data.Tables;

namespace KafkaBackup.Durable.AzureStorage.Membership;

/// <summary>
/// Which hosts work together, as Orleans wants to have it kept: a partition for each cluster, with a row for each host and one for the version of the table. Whoever
/// adds or changes a host moves the version in the same transaction, and only from the one that it has seen. A heartbeat leaves the version alone.
/// </summary>
/// <param name="state">Where the table is.</param>
/// <param name="cluster">The cluster.</param>
internal sealed class AzureMembershipTable(AzureState state, string cluster) : IMembershipTable
{
    private TableClient Table => state.Hosts;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => DoAsync(async () =>
    {
        await Table.CreateIfNotExistsAsync().ConfigureAwait(false);
        if (tryInitTableVersion)
            await TryAsync(() => Table.AddEntityAsync(VersionRow(0))).ConfigureAwait(false);
    });

    public Task<MembershipTableData> ReadAll() => ReadAsync(TableClient.CreateQueryFilter($"PartitionKey eq {cluster}"));

    public Task<MembershipTableData> ReadRow(SiloAddress key) =>
        ReadAsync(TableClient.CreateQueryFilter($"PartitionKey eq {cluster} and (RowKey eq {HostRows.VersionKey} or RowKey eq {HostRows.KeyOf(key)})"));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        WriteAsync(new(TableTransactionActionType.Add, HostRows.Write(cluster, entry)), tableVersion);

    /// <summary>The table's version is what guards the row: its own ETag changes with each heartbeat.</summary>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        WriteAsync(new(TableTransactionActionType.UpdateReplace, HostRows.Write(cluster, entry), ETag.All), tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => DoAsync(() => Table.UpdateEntityAsync(HostRows.WriteAlive(cluster, entry), ETag.All, TableUpdateMode.Merge));

    public Task DeleteMembershipTableEntries(string clusterId) => DoAsync(async () =>
    {
        await foreach (var entity in Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {clusterId}")).ConfigureAwait(false))
            await Table.DeleteEntityAsync(entity).ConfigureAwait(false);
    });

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => DoAsync(async () =>
    {
        foreach (var (host, etag) in (await ReadAll().ConfigureAwait(false)).Members)
        {
            if (host.Status == SiloStatus.Dead && LastSign(host) < beforeDate.UtcDateTime)
                await TryAsync(() => Table.DeleteEntityAsync(cluster, HostRows.KeyOf(host.SiloAddress), new ETag(etag))).ConfigureAwait(false);
        }
    });

    /// <summary>When anything was last heard of a host.</summary>
    private static DateTime LastSign(MembershipEntry host) => (host.SuspectTimes ?? []).Select(vote => vote.Item2).Append(host.StartTime).Append(host.IAmAliveTime).Max();

    private Task<MembershipTableData> ReadAsync(string filter) => state.CallAsync(async () =>
    {
        var hosts = new List<Tuple<MembershipEntry, string>>();
        TableVersion? version = null;
        await foreach (var entity in Table.QueryAsync<TableEntity>(filter).ConfigureAwait(false))
        {
            if (entity.RowKey == HostRows.VersionKey)
                version = new(entity.GetInt32(HostRows.Version)!.Value, entity.ETag.ToString());
            else
                hosts.Add(Tuple.Create(HostRows.Read(entity), entity.ETag.ToString()));
        }

        return new MembershipTableData(hosts, version ?? throw new InvalidOperationException($"The table of hosts has no version for '{cluster}'."));
    });

    private Task<bool> WriteAsync(TableTransactionAction host, TableVersion version) => state.CallAsync(() => TryAsync(() => Table.SubmitTransactionAsync(
        [new(TableTransactionActionType.UpdateReplace, VersionRow(version.Version), new ETag(version.VersionEtag)), host])));

    private TableEntity VersionRow(int version) => new(cluster, HostRows.VersionKey) { [HostRows.Version] = version };

    /// <returns>False if the table is not as it was thought to be.</returns>
    private static async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status is 404 or 409 or 412)
        {
            return false;
        }
    }

    private Task DoAsync(Func<Task> call) => state.CallAsync(async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    });
}
