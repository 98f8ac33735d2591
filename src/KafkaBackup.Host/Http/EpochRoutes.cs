using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Plans;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Workflows.Connections;
using KafkaBackup.Workflows.Restore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KafkaBackup.Host.Http;

/// <summary>Routes that show epochs and plans.</summary>
internal static class EpochRoutes
{
    public static void MapEpochs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/epochs", async (string? repository, IConnections connections, HostSettings settings, CancellationToken c) =>
            await EpochViews.ListAsync(await OpenAsync(repository, connections, settings, c), c)).WithSummary("Lists a repository's epochs");
        routes.MapGet("/api/epochs/{id:long}", async (long id, string? repository, IConnections connections, HostSettings settings, CancellationToken c) =>
            EpochView.Of(await EpochSelection.FindAsync(await OpenAsync(repository, connections, settings, c), id, null, c))).WithSummary("Shows an epoch");
        routes.MapGet("/api/plans", (HostSettings settings, TimeProvider time) => settings.Plans.Select(p => new PlanView(
            p.Key, p.Value.Schedule!, PlanSchedule.Parse(p.Value.Schedule!).Next(time.GetUtcNow()), PlanScheduler.RequestOf(p.Key, p.Value)))).WithSummary("Lists the plans");
    }

    private static Task<BackupRepository> OpenAsync(string? repository, IConnections connections, HostSettings settings, CancellationToken cancellation)
    {
        // One configured repository needs no name.
        var name = repository ?? (settings.Repositories.Count == 1 ? settings.Repositories.Keys.Single() : null)
            ?? throw new BodyException(new Dictionary<string, string[]> { ["repository"] = ["missing: say which repository, ?repository=NAME"] });
        return BackupRepository.OpenAsync(connections.Repository(name), cancellation);
    }
}
