using System.Globalization;
using Microsoft.Data.Sqlite;

namespace KafkaBackup.Durable.Stores.Sqlite;

/// <summary>
/// Keeps everything in one SQLite file, for one process on one machine: the folder of the file is locked while the store is open. A commit is on disk when it
/// returns (write-ahead log, synchronous=FULL).
/// </summary>
/// <param name="path">The file; it and its folder are created if they are not there.</param>
public sealed class SqliteHistoryStore(string path) : IHistoryStore
{
    private readonly string connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true }.ToString();
    private StateFolderLock? folderLock;
    private SqliteWriter? writer;
    private SqliteReader? reader;

    /// <exception cref="StateFolderInUseException">Another process has the folder.</exception>
    /// <exception cref="InvalidDataException">The file was written by a later version of this program.</exception>
    public Task OpenAsync(CancellationToken cancellation)
    {
        folderLock = StateFolderLock.Acquire(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        var version = (long)Execute(connection, "PRAGMA user_version")!;
        SqliteSchema.Verify(path, version);
        if (version == 1)
            Execute(connection, $"BEGIN IMMEDIATE; {SqliteSchema.From1To2} PRAGMA user_version = {SqliteSchema.Version}; COMMIT");
        else
            Execute(connection, $"BEGIN IMMEDIATE; {SqliteSchema.Create} PRAGMA user_version = {SqliteSchema.Version}; COMMIT");
        writer = new SqliteWriter(connection);
        reader = new SqliteReader(connectionString, SqliteSchema.Version);
        return Task.CompletedTask;
    }

    public Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation) => Read(source => source.Find(instanceId), cancellation);

    public Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation) => Read(source => source.Load(instanceId), cancellation);

    public async Task<InstanceRecord> CommitAsync(HistoryCommit commit)
    {
        var events = commit.Events.Select(HistoryJson.Write).ToList();
        var version = 0L;
        await Writer.WriteAsync(commands => version = commands.Commit(commit, events)).ConfigureAwait(false);
        return commit.Next with { Version = version.ToString(CultureInfo.InvariantCulture) };
    }

    public Task<IReadOnlyList<string>> ListLiveAsync(CancellationToken cancellation) => Read(source => source.ListLive(), cancellation);

    public Task<Page<InstanceRecord>> ListAsync(InstanceFilter filter, CancellationToken cancellation) => Read(source => source.List(filter), cancellation);

    public Task PurgeAsync(InstanceRecord instance) => Writer.WriteAsync(commands => commands.Purge(instance));

    /// <summary>Finishes what was being written and gives the folder free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (writer is { } open)
            await Task.Run(open.Dispose).ConfigureAwait(false);
        using (var connection = new SqliteConnection(connectionString))
            SqliteConnection.ClearPool(connection);
        folderLock?.Dispose();
    }

    private SqliteWriter Writer => writer ?? throw new InvalidOperationException("The store has not been opened.");

    private Task<T> Read<T>(Func<SqliteReader, T> question, CancellationToken cancellation)
    {
        var source = reader ?? throw new InvalidOperationException("The store has not been opened.");
        return Task.Run(() => question(source), cancellation);
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
