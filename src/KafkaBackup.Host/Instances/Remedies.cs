using KafkaBackup.Durable;

namespace KafkaBackup.Host.Instances;

/// <summary>What makes orchestrations go on that do not by themselves.</summary>
internal static class Remedies
{
    /// <summary>While the store of histories fails.</summary>
    public const string OfStore = "see that the disk of the state folder has room and can be written, or that the storage account can be reached; what waits then goes on by itself";

    /// <summary>What an orchestration needs; null if nothing.</summary>
    public static string? Of(OrchestrationMetadata instance) => instance switch
    {
        { IsParked: true } =>
            $"run the version of this program that it was begun with, or one that fits its history, and it goes on by itself; or end it: 'kafka-backup terminate {instance.InstanceId}'",
        { RuntimeStatus: OrchestrationRuntimeStatus.Suspended } => $"'kafka-backup resume {instance.InstanceId}' lets it go on",
        _ => null,
    };
}
