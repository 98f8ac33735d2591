using KafkaBackup.Host.Instances;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Merging;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Retention;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KafkaBackup.Host.Http;

/// <summary>Routes that start orchestrations, and answer as Durable Functions does.</summary>
internal static class TriggerRoutes
{
    private const int PollSeconds = 2;

    public static void MapTriggers(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/backups", (HttpContext http, InstanceStarter starter, RequestChecks checks) =>
                StartAsync<BackupRequest>(http, starter, nameof(BackupEpoch), checks.Check))
            .Accepts<BackupRequest>("application/json").Produces<InstanceLinks>(StatusCodes.Status202Accepted).WithSummary("Starts an epoch");
        routes.MapPost("/api/restores", (HttpContext http, InstanceStarter starter, RequestChecks checks) =>
                StartAsync<RestoreRequest>(http, starter, nameof(RestoreEpoch), checks.Check))
            .Accepts<RestoreRequest>("application/json").Produces<InstanceLinks>(StatusCodes.Status202Accepted).WithSummary("Starts a restore");
        routes.MapPost("/api/prunes", (HttpContext http, InstanceStarter starter, RequestChecks checks) =>
                StartAsync<PruneRequest>(http, starter, nameof(PruneRepository), checks.Check))
            .Accepts<PruneRequest>("application/json").Produces<InstanceLinks>(StatusCodes.Status202Accepted).WithSummary("Starts a prune");
        routes.MapPost("/api/merges", (HttpContext http, InstanceStarter starter, RequestChecks checks) =>
                StartAsync<MergeRequest>(http, starter, nameof(MergeRepository), checks.Check))
            .Accepts<MergeRequest>("application/json").Produces<InstanceLinks>(StatusCodes.Status202Accepted).WithSummary("Starts a merge");
    }

    private static async Task<IResult> StartAsync<TRequest>(HttpContext http, InstanceStarter starter, string orchestrator, Action<TRequest> check)
        where TRequest : class
    {
        var request = await RequestBody.ReadAsync<TRequest>(http.Request, http.RequestAborted);
        check(request);
        var id = await starter.StartAsync(orchestrator, request, Caller.Of(http), http.RequestAborted);
        var links = InstanceLinks.Of(http.Request, id);
        http.Response.Headers.RetryAfter = PollSeconds.ToString();
        return TypedResults.Accepted(links.StatusQueryGetUri, links);
    }
}

/// <summary>Where to ask after an instance, and how to steer it; the names are those of Durable Functions.</summary>
public sealed record InstanceLinks(
    string Id, string StatusQueryGetUri, string HistoryGetUri, string SendEventPostUri, string SuspendPostUri, string ResumePostUri, string TerminatePostUri,
    string PurgeHistoryDeleteUri)
{
    internal static InstanceLinks Of(HttpRequest request, string id)
    {
        var instance = $"{request.Scheme}://{request.Host}/api/instances/{Uri.EscapeDataString(id)}";
        return new InstanceLinks(
            id, instance, $"{instance}/history", $"{instance}/raiseEvent/{{eventName}}", $"{instance}/suspend", $"{instance}/resume", $"{instance}/terminate", instance);
    }
}
