using Microsoft.Data.Sqlite;

namespace KafkaBackup.Durable.Stores.Sqlite;

/// <summary>A SQLite file of histories, only to be read: it is not locked, and a host may be at work on it. A file that is not there holds none.</summary>
internal sealed class SqliteHistoryFile : IHistorySource
{
    private readonly string connectionString;
    private readonly SqliteReader? reader;

    /// <exception cref="InvalidDataException">The file was written by a later version of this program.</exception>
    public SqliteHistoryFile(string path)
    {
        // Not read-only, which fails on a write-ahead log that nobody has open.
        connectionString = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString();
        if (!File.Exists(path))
            return;
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var version = (long)command.ExecuteScalar()!;
        SqliteSchema.Verify(path, version);
        if (version > 0)
            reader = new(connectionString, version);
    }

    public Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation) => Task.Run(() => reader?.Find(instanceId), cancellation);

    public Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation) => Task.Run(() => reader?.Load(instanceId), cancellation);

    public Task<Page<InstanceRecord>> ListAsync(InstanceFilter filter, CancellationToken cancellation) =>
        Task.Run(() => reader?.List(filter) ?? new Page<InstanceRecord>([]), cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
