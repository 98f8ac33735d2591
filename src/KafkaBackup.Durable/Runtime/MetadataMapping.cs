using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

internal static class MetadataMapping
{
    public static OrchestrationMetadata ToMetadata(this InstanceRecord row, bool withData, DataConverter converter) => new(row.Name, row.Id)
    {
        RuntimeStatus = row.Status,
        CreatedAt = row.CreatedAt,
        LastUpdatedAt = row.UpdatedAt,
        FailureDetails = row.Failure,
        IsParked = row.IsParked,
        ParentInstanceId = row.Parent?.InstanceId,
        RequestedBy = row.RequestedBy,
        Version = row.TaskVersion ?? "",
        Tags = StoredTags.Read(row.Tags),
        DataConverter = withData ? converter : null,
        SerializedInput = withData ? row.Input : null,
        SerializedOutput = withData ? row.Output : null,
        SerializedCustomStatus = withData ? row.CustomStatus : null,
    };
}
