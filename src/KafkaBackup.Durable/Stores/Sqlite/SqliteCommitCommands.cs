using System.Globalization;
using Microsoft.Data.Sqlite;

namespace KafkaBackup.Durable.Stores.Sqlite;

/// <summary>The statements of the writer, prepared once. Used by the writer's thread alone, inside its transaction.</summary>
internal sealed class SqliteCommitCommands : IDisposable
{
    private readonly SqliteCommand insert;
    private readonly SqliteCommand update;
    private readonly SqliteCommand append;
    private readonly SqliteCommand truncate;
    private readonly SqliteCommand delete;

    public SqliteCommitCommands(SqliteConnection connection)
    {
        insert = Command(connection, """
            INSERT OR IGNORE INTO instances (id, version, name, status, live, generation, length, created, updated, start_at, input, output, custom_status, failure, parked,
                parent_id, parent_name, parent_generation, parent_task, task_version, tags, requested_by)
            VALUES ($id, $version, $name, $status, $live, $generation, $length, $created, $updated, $start_at, $input, $output, $custom_status, $failure, $parked,
                $parent_id, $parent_name, $parent_generation, $parent_task, $task_version, $tags, $requested_by)
            """);
        update = Command(connection, """
            UPDATE instances SET version = $version, status = $status, live = $live, generation = $generation, length = $length, updated = $updated, start_at = $start_at,
                input = $input, output = $output, custom_status = $custom_status, failure = $failure, parked = $parked, task_version = $task_version
            WHERE id = $id AND version = $expected
            """);
        append = Command(connection, "INSERT INTO history (id, generation, place, event) VALUES ($id, $generation, $place, $event)");
        truncate = Command(connection, "DELETE FROM history WHERE id = $id AND generation < $generation");
        delete = Command(connection, "DELETE FROM instances WHERE id = $id AND version = $expected");
    }

    /// <returns>The row's new version.</returns>
    /// <exception cref="FencedException">The row has another version.</exception>
    public long Commit(HistoryCommit commit, IReadOnlyList<string> events)
    {
        var row = commit.Next;
        var expected = VersionOf(commit.Previous);
        var rowCommand = commit.Previous is null ? insert : update;
        SqliteRows.Bind(rowCommand.Parameters, row, expected + 1);
        SqliteRows.Set(rowCommand.Parameters, "$expected", expected);
        if (rowCommand.ExecuteNonQuery() == 0)
            throw new FencedException(row.Id);
        if (commit.Previous is { } previous && previous.Generation != row.Generation)
            Truncate(row.Id, row.Generation);
        SqliteRows.Set(append.Parameters, "$id", row.Id);
        SqliteRows.Set(append.Parameters, "$generation", row.Generation);
        for (var i = 0; i < events.Count; i++)
        {
            SqliteRows.Set(append.Parameters, "$place", commit.From + i);
            SqliteRows.Set(append.Parameters, "$event", events[i]);
            append.ExecuteNonQuery();
        }
        return expected + 1;
    }

    /// <exception cref="FencedException">The row has another version.</exception>
    public void Purge(InstanceRecord row)
    {
        SqliteRows.Set(delete.Parameters, "$id", row.Id);
        SqliteRows.Set(delete.Parameters, "$expected", VersionOf(row));
        if (delete.ExecuteNonQuery() == 0)
            throw new FencedException(row.Id);
        Truncate(row.Id, int.MaxValue);
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[insert, update, append, truncate, delete])
            command.Dispose();
    }

    private void Truncate(string id, int belowGeneration)
    {
        SqliteRows.Set(truncate.Parameters, "$id", id);
        SqliteRows.Set(truncate.Parameters, "$generation", belowGeneration);
        truncate.ExecuteNonQuery();
    }

    private static long VersionOf(InstanceRecord? row) => row is null ? 0 : long.Parse(row.Version!, CultureInfo.InvariantCulture);

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
