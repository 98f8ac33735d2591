using Azure.Data.Tables;
using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.AzureStorage.Histories;

/// <summary>Rows of instances to records and back. Times are UTC in units of 100 ns since year 1; failures are JSON.</summary>
internal sealed class InstanceRows(Payloads payloads)
{
    /// <summary>The row key of an instance; those of its history begin with another letter.</summary>
    public const string RowKey = "i";

    /// <summary>Marks the row of an instance whose first commit is under way, or was cut off: there is no such instance.</summary>
    public const string HalfWritten = "HalfWritten";

    private static readonly (string Property, Func<InstanceRecord, string?> Get, Func<InstanceRecord, string?, InstanceRecord> Set)[] Texts =
    [
        (nameof(InstanceRecord.Input), row => row.Input, (row, text) => row with { Input = text }),
        (nameof(InstanceRecord.Output), row => row.Output, (row, text) => row with { Output = text }),
        (nameof(InstanceRecord.CustomStatus), row => row.CustomStatus, (row, text) => row with { CustomStatus = text }),
        (nameof(InstanceRecord.Failure), row => HistoryJson.Write(row.Failure), (row, text) => row with { Failure = HistoryJson.ReadFailure(text) }),
        (nameof(InstanceRecord.Tags), row => row.Tags, (row, text) => row with { Tags = text }),
    ];

    /// <summary>Makes the entity, and writes what does not fit into it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="previous">The row before, whose texts are stored already.</param>
    public async Task<TableEntity> WriteAsync(InstanceRecord row, InstanceRecord? previous)
    {
        var entity = new TableEntity(InstanceKey.Of(row.Id), RowKey)
        {
            [nameof(row.Id)] = row.Id,
            [nameof(row.Name)] = row.Name,
            [nameof(row.Status)] = row.Status.ToString(),
            [nameof(row.Generation)] = row.Generation,
            [nameof(row.Length)] = row.Length,
            [nameof(row.CreatedAt)] = row.CreatedAt.UtcTicks,
            [nameof(row.UpdatedAt)] = row.UpdatedAt.UtcTicks,
            [nameof(row.StartAt)] = row.StartAt?.UtcTicks,
            [nameof(row.IsParked)] = row.IsParked,
            [nameof(row.TaskVersion)] = row.TaskVersion,
            [nameof(row.RequestedBy)] = row.RequestedBy,
        };
        if (row.Parent is { } parent)
        {
            entity["ParentId"] = parent.InstanceId;
            entity["ParentName"] = parent.Name;
            entity["ParentGeneration"] = parent.Generation;
            entity["ParentTask"] = parent.TaskId;
        }

        foreach (var (property, get, _) in Texts)
        {
            var isThere = previous is not null && previous.Generation == row.Generation && get(previous) == get(row);
            await StoredText.WriteAsync(payloads, entity, row.Generation, property, get(row), isThere).ConfigureAwait(false);
        }

        return entity;
    }

    /// <exception cref="PayloadMissingException">A text of it is not there.</exception>
    public async Task<InstanceRecord> ReadAsync(TableEntity entity, CancellationToken cancellation)
    {
        var row = new InstanceRecord
        {
            Id = entity.GetString(nameof(InstanceRecord.Id)),
            Name = entity.GetString(nameof(InstanceRecord.Name)),
            Version = entity.ETag.ToString(),
            Status = Enum.Parse<OrchestrationRuntimeStatus>(entity.GetString(nameof(InstanceRecord.Status))),
            Generation = entity.GetInt32(nameof(InstanceRecord.Generation))!.Value,
            Length = entity.GetInt32(nameof(InstanceRecord.Length))!.Value,
            CreatedAt = Time(entity, nameof(InstanceRecord.CreatedAt))!.Value,
            UpdatedAt = Time(entity, nameof(InstanceRecord.UpdatedAt))!.Value,
            StartAt = Time(entity, nameof(InstanceRecord.StartAt)),
            IsParked = entity.GetBoolean(nameof(InstanceRecord.IsParked))!.Value,
            TaskVersion = entity.GetString(nameof(InstanceRecord.TaskVersion)),
            RequestedBy = entity.GetString(nameof(InstanceRecord.RequestedBy)),
            Parent = entity.GetString("ParentId") is { } parent
                ? new(parent, entity.GetString("ParentName"), entity.GetInt32("ParentGeneration")!.Value, entity.GetInt32("ParentTask")!.Value)
                : null,
        };
        foreach (var (property, _, set) in Texts)
            row = set(row, await StoredText.ReadAsync(payloads, entity, row.Generation, property, cancellation).ConfigureAwait(false));
        return row;
    }

    private static DateTimeOffset? Time(TableEntity entity, string property) => entity.GetInt64(property) is { } ticks ? new(ticks, TimeSpan.Zero) : null;
}
