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
        routes.MapGet("/health/ready", async (Readiness readiness, CancellationToken cancellation) =>
        {
            var report = await readiness.LookAsync(cancellation);
            return report.Status != "not ready" ? Results.Ok(report) : Results.Problem(
                string.Join("; ", report.Problems.Where(each => each.Instance is null).Select(each => $"{each.Problem}; {each.Remedy}")),
                statusCode: StatusCodes.Status503ServiceUnavailable, title: "Not ready",
                extensions: [KeyValuePair.Create("problems", (object?)report.Problems)]);
        }).Produces<ReadinessReport>().ProducesProblem(StatusCodes.Status503ServiceUnavailable).WithSummary("The service does its work, or what keeps it from that");
    }
}
