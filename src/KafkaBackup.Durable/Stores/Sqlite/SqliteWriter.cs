using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace KafkaBackup.Durable.Stores.Sqlite;

/// <summary>
/// The one thread that writes. Everything that was queued while a transaction was flushed to disk shares the next one (group commit), each piece behind a savepoint
/// of its own, so that one that fails takes no other with it.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int LargestGroup = 1000;
    private readonly BlockingCollection<Work> queue = new();
    private readonly SqliteConnection connection;
    private readonly Thread thread;

    /// <param name="connection">An open connection that nobody else uses; disposed with the writer.</param>
    public SqliteWriter(SqliteConnection connection)
    {
        this.connection = connection;
        thread = new Thread(Run) { IsBackground = true, Name = "history writer" };
        thread.Start();
    }

    /// <summary>Queues a piece of work; done once it is on disk.</summary>
    /// <exception cref="ObjectDisposedException">The store has been closed.</exception>
    public Task WriteAsync(Action<SqliteCommitCommands> action)
    {
        var work = new Work(action, new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            queue.Add(work);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(SqliteHistoryStore));
        }
        return work.Done.Task;
    }

    /// <summary>Writes what is queued, then stops.</summary>
    public void Dispose()
    {
        if (queue.IsAddingCompleted)
            return;
        queue.CompleteAdding();
        thread.Join();
        connection.Dispose();
    }

    private void Run()
    {
        using var commands = new SqliteCommitCommands(connection);
        var group = new List<Work>();
        foreach (var first in queue.GetConsumingEnumerable())
        {
            group.Add(first);
            while (group.Count < LargestGroup && queue.TryTake(out var next))
                group.Add(next);
            WriteGroup(group, commands);
            group.Clear();
        }
    }

    private void WriteGroup(List<Work> group, SqliteCommitCommands commands)
    {
        var written = new List<Work>(group.Count);
        try
        {
            Execute("BEGIN IMMEDIATE");
            foreach (var work in group)
            {
                if (TryWrite(work, commands))
                    written.Add(work);
            }
            Execute("COMMIT");
        }
        catch (Exception failure)
        {
            TryRollBack();
            foreach (var work in group)
                work.Done.TrySetException(failure);
            return;
        }
        foreach (var work in written)
            work.Done.TrySetResult();
    }

    private bool TryWrite(Work work, SqliteCommitCommands commands)
    {
        Execute("SAVEPOINT work");
        try
        {
            work.Action(commands);
        }
        catch (Exception failure)
        {
            Execute("ROLLBACK TO work");
            Execute("RELEASE work");
            work.Done.TrySetException(failure);
            return false;
        }
        Execute("RELEASE work");
        return true;
    }

    private void TryRollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full.
        }
    }

    private void Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed record Work(Action<SqliteCommitCommands> Action, TaskCompletionSource Done);
}
