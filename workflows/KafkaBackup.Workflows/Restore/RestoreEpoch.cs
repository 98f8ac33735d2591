using KafkaBackup.Durable;
using KafkaBackup.Workflows.Progress;
using KafkaBackup.Workflows.Selection;

namespace KafkaBackup.Workflows.Restore;

/// <summary>
/// One restore: the plan, the topics, their records, the groups' offsets, access control, the topics' own configuration, the report. Nothing is written
/// before the plan is without violations.
/// </summary>
public sealed class RestoreEpoch : TaskOrchestrator<RestoreRequest, RestoreReport>
{
    /// <inheritdoc/>
    public override async Task<RestoreReport> RunAsync(TaskOrchestrationContext context, RestoreRequest input)
    {
        context.SetCustomStatus("planning");
        var plan = await context.CallActivityAsync<RestorePlan>(nameof(PlanRestore), input);
        if (input.DryRun || plan.Violations.Count > 0)
            return Untouched(input, plan);

        context.SetCustomStatus("creating topics");
        var topics = await context.CallActivityAsync<PreparedTopics>(nameof(PrepareTopics), new PrepareRequest(input, plan));

        context.SetCustomStatus("writing records");
        var work = RestoreSlicing.Of(plan, topics);
        var slices = await Task.WhenAll(work.Select(slice => context.CallActivityAsync<RestoredSlice>(
            nameof(RestorePartitions), new RestoreSlice(input, plan.RestoreId, plan.Epoch, RateShare.Of(input.RateLimit, work.Count), slice) { Merge = topics.Merge, Quotas = plan.Quotas })));

        var offsets = new TranslatedOffsets([]);
        var groups = new CommittedGroups([], []);
        if (plan.Groups.Count > 0)
        {
            context.SetCustomStatus("translating offsets");
            offsets = await context.CallActivityAsync<TranslatedOffsets>(nameof(TranslateOffsets), new TranslateRequest(input, plan, slices));
            context.SetCustomStatus("committing offsets");
            groups = await context.CallActivityAsync<CommittedGroups>(nameof(CommitOffsets), new CommitRequest(input, offsets));
        }

        CreatedAcls? acls = null;
        if (input.Acls != AclScope.None)
        {
            context.SetCustomStatus("creating access control entries");
            acls = await context.CallActivityAsync<CreatedAcls>(nameof(CreateAcls), new AclRequest(input, plan));
        }

        context.SetCustomStatus("giving topics their configuration back");
        var restored = await context.CallActivityAsync<ConfiguredTopics>(nameof(ConfigureTopics), new ConfigureRequest(input, topics));

        context.SetCustomStatus("writing the report");
        var report = await context.CallActivityAsync<RestoreReport>(
            nameof(WriteReport), new ReportRequest(input, plan, slices, offsets, groups, restored) { Acls = acls });
        context.SetCustomStatus("complete");
        return report;
    }

    private static RestoreReport Untouched(RestoreRequest input, RestorePlan plan) => new(
        plan.RestoreId, plan.Epoch, input.DryRun, [.. plan.Topics.Select(Name)], plan.Topics.Sum(t => t.Partitions.Count), 0, [], plan.Groups, plan.Violations, [], []) 
    {
        Acls = plan.Acls,
        Quotas = plan.Quotas,
    };

    internal static string Name(TopicPlan topic) => topic.Source == topic.Target ? topic.Source : $"{topic.Source}={topic.Target}";
}
