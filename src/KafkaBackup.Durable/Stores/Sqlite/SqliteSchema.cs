namespace KafkaBackup.Durable.Stores.Sqlite;

/// <summary>The tables. Times are UTC in units of 100 ns since year 1; failures and events are JSON.</summary>
internal static class SqliteSchema
{
    /// <summary>Raised when the tables change; a file with a higher number was written by a later program.</summary>
    public const int Version = 2;

    public const string Create = """
        CREATE TABLE IF NOT EXISTS instances (
            id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            name TEXT NOT NULL,
            status INTEGER NOT NULL,
            live INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            length INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            start_at INTEGER,
            input TEXT,
            output TEXT,
            custom_status TEXT,
            failure TEXT,
            parked INTEGER NOT NULL,
            parent_id TEXT,
            parent_name TEXT,
            parent_generation INTEGER,
            parent_task INTEGER,
            task_version TEXT,
            tags TEXT,
            requested_by TEXT
        );
        CREATE INDEX IF NOT EXISTS instances_live ON instances (id) WHERE live = 1;
        CREATE INDEX IF NOT EXISTS instances_created ON instances (created DESC, id);
        CREATE TABLE IF NOT EXISTS history (
            id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            place INTEGER NOT NULL,
            event TEXT NOT NULL,
            PRIMARY KEY (id, generation, place)
        ) WITHOUT ROWID;
        """;

    /// <summary>What brings a file of version 1 to version 2.</summary>
    public const string From1To2 = """
        ALTER TABLE instances ADD COLUMN task_version TEXT;
        ALTER TABLE instances ADD COLUMN tags TEXT;
        ALTER TABLE instances ADD COLUMN requested_by TEXT;
        """;

    private const string Columns1 =
        "id, version, name, status, generation, length, created, updated, start_at, input, output, custom_status, failure, parked, "
        + "parent_id, parent_name, parent_generation, parent_task";

    /// <summary>The columns of a row, of a file of the given version.</summary>
    public static string Columns(long version) => version < 2 ? $"{Columns1}, NULL, NULL, NULL" : $"{Columns1}, task_version, tags, requested_by";

    /// <exception cref="InvalidDataException">The file was written by a later program.</exception>
    public static void Verify(string path, long version)
    {
        if (version > Version)
            throw new InvalidDataException($"'{path}' has format {version}; this program reads up to {Version}.");
    }
}
