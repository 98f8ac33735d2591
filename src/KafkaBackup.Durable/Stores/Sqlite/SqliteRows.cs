using System.Globalization;
using Microsoft.Data.Sqlite;

namespace KafkaBackup.Durable.Stores.Sqlite;

/// <summary>Rows to records and back, in the order of <see cref="SqliteSchema.Columns"/>.</summary>
internal static class SqliteRows
{
    public static InstanceRecord Read(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Version = row.GetInt64(1).ToString(CultureInfo.InvariantCulture),
        Name = row.GetString(2),
        Status = (OrchestrationRuntimeStatus)row.GetInt32(3),
        Generation = row.GetInt32(4),
        Length = row.GetInt32(5),
        CreatedAt = Time(row.GetInt64(6)),
        UpdatedAt = Time(row.GetInt64(7)),
        StartAt = row.IsDBNull(8) ? null : Time(row.GetInt64(8)),
        Input = Text(row, 9),
        Output = Text(row, 10),
        CustomStatus = Text(row, 11),
        Failure = HistoryJson.ReadFailure(Text(row, 12)),
        IsParked = row.GetInt32(13) != 0,
        Parent = row.IsDBNull(14) ? null : new(row.GetString(14), row.GetString(15), row.GetInt32(16), row.GetInt32(17)),
        TaskVersion = Text(row, 18),
        Tags = Text(row, 19),
        RequestedBy = Text(row, 20),
    };

    public static void Bind(SqliteParameterCollection parameters, InstanceRecord row, long version)
    {
        Set(parameters, "$id", row.Id);
        Set(parameters, "$version", version);
        Set(parameters, "$name", row.Name);
        Set(parameters, "$status", (int)row.Status);
        Set(parameters, "$live", row.IsLive ? 1 : 0);
        Set(parameters, "$generation", row.Generation);
        Set(parameters, "$length", row.Length);
        Set(parameters, "$created", row.CreatedAt.UtcTicks);
        Set(parameters, "$updated", row.UpdatedAt.UtcTicks);
        Set(parameters, "$start_at", row.StartAt?.UtcTicks);
        Set(parameters, "$input", row.Input);
        Set(parameters, "$output", row.Output);
        Set(parameters, "$custom_status", row.CustomStatus);
        Set(parameters, "$failure", HistoryJson.Write(row.Failure));
        Set(parameters, "$parked", row.IsParked ? 1 : 0);
        Set(parameters, "$parent_id", row.Parent?.InstanceId);
        Set(parameters, "$parent_name", row.Parent?.Name);
        Set(parameters, "$parent_generation", row.Parent?.Generation);
        Set(parameters, "$parent_task", row.Parent?.TaskId);
        Set(parameters, "$task_version", row.TaskVersion);
        Set(parameters, "$tags", row.Tags);
        Set(parameters, "$requested_by", row.RequestedBy);
    }

    public static void Set(SqliteParameterCollection parameters, string name, object? value)
    {
        if (parameters.Contains(name))
            parameters[name].Value = value ?? DBNull.Value;
        else
            parameters.AddWithValue(name, value ?? DBNull.Value);
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
