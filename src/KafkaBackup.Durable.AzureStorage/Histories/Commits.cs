using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>
/// Writes commits: entity group transactions, each of which carries the instance's row and checks its ETag, so that whoever has lost the instance writes nothing more.
/// The last one has the row's new content; what the others bring lies beyond its length until then.
/// </summary>
internal sealed class Commits(TableClient table, InstanceRows rows, EventRows events)
{
    /// <returns>The row's new version.</returns>
    /// <exception cref="FencedException">The row has another version.</exception>
    public async Task<string> WriteAsync(HistoryCommit commit)
    {
        var row = await rows.WriteAsync(commit.Next, commit.Previous).ConfigureAwait(false);
        var version = commit.Previous?.Version is { } known ? new ETag(known) : (ETag?)null;
        foreach (var chunk in CommitChunk.Of(commit))
        {
            var entities = await events.WriteAsync(row.PartitionKey, commit.Next.Generation, chunk.From, chunk.Events).ConfigureAwait(false);
            version = await WriteAsync(commit, chunk.IsLast ? row : null, version, entities).ConfigureAwait(false);
        }

        return version!.Value.ToString();
    }

    private async Task<ETag> WriteAsync(HistoryCommit commit, TableEntity? row, ETag? version, IReadOnlyList<TableEntity> entities)
    {
        // Adding is faster than replacing; what cannot be added is the remains of a commit that was cut off.
        var kind = TableTransactionActionType.Add;
        while (true)
        {
            try
            {
                List<TableTransactionAction> actions = [RowAction(commit, row, version), .. entities.Select(entity => new TableTransactionAction(kind, entity))];
                return (await table.SubmitTransactionAsync(actions).ConfigureAwait(false)).Value[0].Headers.ETag!.Value;
            }
            catch (TableTransactionFailedException failure) when (IsConflict(failure))
            {
                if (failure.FailedTransactionActionIndex > 0 && kind == TableTransactionActionType.Add)
                    kind = TableTransactionActionType.UpsertReplace;
                else
                    version = version is null ? await HalfWrittenAsync(commit.Next.Id).ConfigureAwait(false) : throw new FencedException(commit.Next.Id);
            }
        }
    }

    /// <summary>What a transaction does to the row of the instance: make it, change it, or only check it and give it a new version.</summary>
    private static TableTransactionAction RowAction(HistoryCommit commit, TableEntity? row, ETag? version)
    {
        var key = InstanceKey.Of(commit.Next.Id);
        return (row, version) switch
        {
            ({ } last, null) => new(TableTransactionActionType.Add, last),
            ({ } last, { } known) => new(TableTransactionActionType.UpdateReplace, last, known),
            (null, null) => new(TableTransactionActionType.Add, new TableEntity(key, InstanceRows.RowKey) { [InstanceRows.HalfWritten] = true }),
            (null, { } known) => new(TableTransactionActionType.UpdateMerge, new TableEntity(key, InstanceRows.RowKey), known),
        };
    }

    /// <summary>The version of a row that a first commit has left half-written.</summary>
    private async Task<ETag> HalfWrittenAsync(string id)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(InstanceKey.Of(id), InstanceRows.RowKey).ConfigureAwait(false);
        return found is { HasValue: true, Value: { } row } && row.ContainsKey(InstanceRows.HalfWritten) ? row.ETag : throw new FencedException(id);
    }

    /// <summary>Whether the tables hold something else than the writer thought.</summary>
    private static bool IsConflict(RequestFailedException failure) =>
        failure.Status is 409 or 412 || (failure.Status == 404 && failure.ErrorCode != TableErrorCode.TableNotFound);
}
