using KafkaBackup.Durable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KafkaBackup.Host.Http;

/// <summary>Routes for whoever watches the service.</summary>
internal static class HealthRoutes
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Ok(new { status = "live" })).WithSummary("The process runs");
        routes.MapGet("/health/ready", async (DurableTaskClient client, CancellationToken cancellation) =>
        {
            // Ready is who can read its histories.
            await using var instances = client.GetAllInstancesAsync(new OrchestrationQuery(PageSize: 1)).AsPages().GetAsyncEnumerator(cancellation);
            await instances.MoveNextAsync();
            return Results.Ok(new { status = "ready" });
        }).WithSummary("The service does its work");
    }
}
