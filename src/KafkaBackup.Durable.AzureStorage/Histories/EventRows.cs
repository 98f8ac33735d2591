using System.Globalization;
using Azure.Data.Tables;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>Rows of events: <c>hGENERATION-PLACE</c>, both in eight hexadecimal digits, so that they lie in order.</summary>
internal sealed class EventRows(TableClient table, Payloads payloads)
{
    private const string Event = "Event";
    private const int PageRows = 1000; // what one answer holds
    private const int AtOnce = 8;

    /// <summary>Makes the entities, and writes what does not fit into them.</summary>
    public async Task<IReadOnlyList<TableEntity>> WriteAsync(string key, int generation, int from, IReadOnlyList<string> events)
    {
        var entities = events.Select((_, i) => new TableEntity(key, KeyOf(generation, from + i))).ToList();
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].Length <= Payloads.LongestInTable)
                await StoredText.WriteAsync(payloads, entities[i], generation, Event, events[i], isThere: false).ConfigureAwait(false);
        }

        await Parallel.ForEachAsync(Enumerable.Range(0, events.Count).Where(i => events[i].Length > Payloads.LongestInTable), new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (i, _) => await StoredText.WriteAsync(payloads, entities[i], generation, Event, events[i], isThere: false).ConfigureAwait(false)).ConfigureAwait(false);
        return entities;
    }

    /// <summary>Reads the first events of a run.</summary>
    /// <returns>As many as there are, in order; null in the places that are empty.</returns>
    /// <exception cref="PayloadMissingException">A text is not there.</exception>
    public async Task<HistoryEvent?[]> ReadAsync(string key, int generation, int length, CancellationToken cancellation)
    {
        var events = new HistoryEvent?[length];
        var pages = Enumerable.Range(0, (length + PageRows - 1) / PageRows).Select(page => page * PageRows);
        await Parallel.ForEachAsync(pages, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (from, cancelled) =>
        {
            var filter = TableClient.CreateQueryFilter(
                $"PartitionKey eq {key} and RowKey ge {KeyOf(generation, from)} and RowKey lt {KeyOf(generation, Math.Min(length, from + PageRows))}");
            await foreach (var entity in table.QueryAsync<TableEntity>(filter, PageRows, cancellationToken: cancelled).ConfigureAwait(false))
            {
                var text = await StoredText.ReadAsync(payloads, entity, generation, Event, cancelled).ConfigureAwait(false);
                events[PlaceOf(entity.RowKey)] = HistoryJson.ReadEvent(text!);
            }
        }).ConfigureAwait(false);
        return events;
    }

    /// <summary>Deletes the events of all runs below one.</summary>
    public async Task DeleteAsync(string key, int belowGeneration)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {key} and RowKey ge 'h' and RowKey lt {KeyOf(belowGeneration, 0)}");
        await foreach (var page in table.QueryAsync<TableEntity>(filter, 100, ["PartitionKey", "RowKey"]).AsPages().ConfigureAwait(false))
        {
            if (page.Values.Count > 0)
                await table.SubmitTransactionAsync(page.Values.Select(entity => new TableTransactionAction(TableTransactionActionType.Delete, entity))).ConfigureAwait(false);
        }
    }

    private static string KeyOf(int generation, int place) => $"h{generation:x8}-{place:x8}";

    private static int PlaceOf(string rowKey) => int.Parse(rowKey.AsSpan(rowKey.IndexOf('-') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
