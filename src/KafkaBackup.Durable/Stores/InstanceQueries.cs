using KafkaBackup.Durable.Runtime;

namespace KafkaBackup.Durable.Stores;

internal static class InstanceQueries
{
    /// <summary>Lists instances as a client shows them, page by page.</summary>
    public static AsyncPageable<OrchestrationMetadata> Query(this IHistorySource source, OrchestrationQuery query, DataConverter converter)
    {
        var first = new InstanceFilter(
            query.CreatedFrom, query.CreatedTo, query.Statuses?.ToArray(), query.InstanceIdPrefix, Math.Max(1, query.PageSize), query.ContinuationToken);
        return new(async (token, size, cancellation) =>
        {
            var page = await source.ListAsync(
                first with { ContinuationToken = token ?? first.ContinuationToken, PageSize = size ?? first.PageSize }, cancellation).ConfigureAwait(false);
            return new([.. page.Values.Select(row => row.ToMetadata(query.FetchInputsAndOutputs, converter))], page.ContinuationToken);
        });
    }
}
