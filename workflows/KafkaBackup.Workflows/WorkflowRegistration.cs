using KafkaBackup.Durable;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Merging;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Retention;

namespace KafkaBackup.Workflows;

/// <summary>Every orchestration and activity, by name.</summary>
public static class WorkflowRegistration
{
    /// <summary>Adds them all.</summary>
    public static DurableTaskRegistry AddWorkflows(this DurableTaskRegistry registry) => registry
        .AddOrchestrator<BackupEpoch>()
        .AddActivity<OpenEpoch>()
        .AddActivity<CaptureGroups>()
        .AddActivity<FixCut>()
        .AddActivity<BackUpPartitions>()
        .AddActivity<SealEpoch>()
        .AddActivity<ReturnLease>()
        .AddOrchestrator<RestoreEpoch>()
        .AddActivity<PlanRestore>()
        .AddActivity<PrepareTopics>()
        .AddActivity<RestorePartitions>()
        .AddActivity<TranslateOffsets>()
        .AddActivity<CommitOffsets>()
        .AddActivity<CreateAcls>()
        .AddActivity<ConfigureTopics>()
        .AddActivity<WriteReport>()
        .AddOrchestrator<PruneRepository>()
        .AddActivity<FinishPrunes>()
        .AddActivity<PlanPrune>()
        .AddActivity<RemoveEpochs>()
        .AddActivity<DeleteObjects>()
        .AddActivity<CollectOrphans>()
        .AddOrchestrator<MergeRepository>()
        .AddActivity<PlanMerge>()
        .AddActivity<MergeSegments>()
        .AddActivity<SealMerge>();
}
