using Microsoft.Data.Sqlite;

namespace KafkaBackup.Durable.Stores.Sqlite;

/// <summary>The questions, each on a pooled connection and a snapshot of its own.</summary>
/// <param name="connectionString">The file.</param>
/// <param name="schema">The version of its tables.</param>
internal sealed class SqliteReader(string connectionString, long schema)
{
    private readonly string columns = SqliteSchema.Columns(schema);

    public InstanceRecord? Find(string id)
    {
        using var connection = Open();
        return Find(connection, id);
    }

    public StoredInstance? Load(string id)
    {
        using var connection = Open();
        using var snapshot = connection.BeginTransaction(deferred: true);
        if (Find(connection, id) is not { } instance)
            return null;
        using var command = Command(connection, "SELECT event FROM history WHERE id = $id AND generation = $generation AND place < $length ORDER BY place");
        SqliteRows.Set(command.Parameters, "$id", id);
        SqliteRows.Set(command.Parameters, "$generation", instance.Generation);
        SqliteRows.Set(command.Parameters, "$length", instance.Length);
        var history = new List<HistoryEvent>(instance.Length);
        using var rows = command.ExecuteReader();
        while (rows.Read())
            history.Add(HistoryJson.ReadEvent(rows.GetString(0)));
        return history.Count == instance.Length
            ? new(instance, history)
            : throw new InvalidDataException($"The history of instance '{id}' has {history.Count} events instead of {instance.Length}.");
    }

    public IReadOnlyList<string> ListLive()
    {
        using var connection = Open();
        using var command = Command(connection, "SELECT id FROM instances WHERE live = 1");
        using var rows = command.ExecuteReader();
        var ids = new List<string>();
        while (rows.Read())
            ids.Add(rows.GetString(0));
        return ids;
    }

    public Page<InstanceRecord> List(InstanceFilter filter)
    {
        using var connection = Open();
        using var command = Command(connection, "");
        command.CommandText = $"SELECT {columns} FROM instances WHERE {Conditions(filter, command.Parameters)} ORDER BY created DESC, id LIMIT $limit";
        SqliteRows.Set(command.Parameters, "$limit", filter.PageSize + 1L);
        var page = new List<InstanceRecord>();
        using var rows = command.ExecuteReader();
        while (page.Count < filter.PageSize && rows.Read())
            page.Add(SqliteRows.Read(rows));
        return new(page, page.Count > 0 && rows.Read() ? ListPosition.Of(page[^1]).ToString() : null);
    }

    private static string Conditions(InstanceFilter filter, SqliteParameterCollection parameters)
    {
        var conditions = new List<string> { "1 = 1" };
        void Where(string condition, string name, object value)
        {
            conditions.Add(condition);
            SqliteRows.Set(parameters, name, value);
        }
        if (filter.CreatedFrom is { } from)
            Where("created >= $from", "$from", from.UtcTicks);
        if (filter.CreatedTo is { } to)
            Where("created < $to", "$to", to.UtcTicks);
        if (filter.IdPrefix is { } prefix)
            Where("substr(id, 1, length($prefix)) = $prefix", "$prefix", prefix);
        if (filter.Statuses is { } statuses)
            conditions.Add($"status IN ({string.Join(", ", statuses.Select(status => (int)status))})");
        if (ListPosition.Parse(filter.ContinuationToken) is { } position)
        {
            Where("(created < $created OR (created = $created AND id > $after))", "$created", position.CreatedTicks);
            SqliteRows.Set(parameters, "$after", position.Id);
        }
        return string.Join(" AND ", conditions);
    }

    private InstanceRecord? Find(SqliteConnection connection, string id)
    {
        using var command = Command(connection, $"SELECT {columns} FROM instances WHERE id = $id");
        SqliteRows.Set(command.Parameters, "$id", id);
        using var row = command.ExecuteReader();
        return row.Read() ? SqliteRows.Read(row) : null;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        return connection;
    }
}
