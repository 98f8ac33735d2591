using KafkaBackup.Durable;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Instances;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KafkaBackup.Host.Http;

/// <summary>Routes that show orchestrations and steer them.</summary>
internal static class InstanceRoutes
{
    private const int MostListed = 1000;

    public static void MapInstances(this IEndpointRouteBuilder routes)
    {
        var instances = routes.MapGroup("/api/instances");
        instances.MapGet("", ListAsync).Produces<IReadOnlyList<InstanceView>>().WithSummary("Lists orchestrations, the newest first");
        instances.MapGet("{id}", ShowAsync).Produces<InstanceView>().WithSummary("Shows an orchestration");
        instances.MapGet("{id}/history", HistoryAsync).Produces<IReadOnlyList<HistoryEntry>>().WithSummary("The audit trail of an orchestration");
        instances.MapPost("{id}/suspend", (string id, string? reason, DurableTaskClient client, CancellationToken c) =>
            SteerAsync(id, client, () => client.SuspendInstanceAsync(id, reason, c), c));
        instances.MapPost("{id}/resume", (string id, string? reason, DurableTaskClient client, CancellationToken c) =>
            SteerAsync(id, client, () => client.ResumeInstanceAsync(id, reason, c), c));
        instances.MapPost("{id}/terminate", (string id, string? reason, DurableTaskClient client, CancellationToken c) =>
            SteerAsync(id, client, () => client.TerminateInstanceAsync(id, (object?)reason, c), c));
        instances.MapPost("{id}/raiseEvent/{name}", async (string id, string name, HttpRequest request, DurableTaskClient client, CancellationToken c) =>
        {
            object? payload = request.ContentLength == 0 || request.Headers is { ContentLength: null, TransferEncoding.Count: 0 }
                ? null
                : await RequestBody.ReadJsonAsync(request, c);
            return await SteerAsync(id, client, () => client.RaiseEventAsync(id, name, payload, c), c);
        });
        instances.MapDelete("{id}", async (string id, DurableTaskClient client, CancellationToken c) =>
        {
            await FindAsync(id, client, c);
            return (await client.PurgeInstanceAsync(id, null, c)).PurgedInstanceCount > 0
                ? Results.NoContent()
                : Results.Problem("it is still running; terminate it first", statusCode: StatusCodes.Status409Conflict, title: "Not finished");
        });
    }

    private static async Task<IReadOnlyList<InstanceView>> ListAsync(
        DurableTaskClient client, string[]? runtimeStatus, DateTimeOffset? createdTimeFrom, int? top, CancellationToken cancellation)
    {
        var statuses = Statuses(runtimeStatus ?? []);
        var query = new OrchestrationQuery(createdTimeFrom, Statuses: statuses.Count > 0 ? statuses : null, FetchInputsAndOutputs: true);
        var listed = new List<InstanceView>();
        await foreach (var instance in client.GetAllInstancesAsync(query).WithCancellation(cancellation))
            listed.Add(InstanceView.Of(instance, []));
        return [.. listed.OrderByDescending(i => i.CreatedTime).Take(Math.Clamp(top ?? MostListed, 1, MostListed))];
    }

    /// <summary>The states that are asked for, as in <c>runtimeStatus=Running,Pending</c>, or given several times.</summary>
    private static List<OrchestrationRuntimeStatus> Statuses(string[] asked) =>
    [
        .. asked.SelectMany(a => a.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(name =>
            Enum.GetNames<OrchestrationRuntimeStatus>().FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found
                ? Enum.Parse<OrchestrationRuntimeStatus>(found)
                : throw new BodyException(new Dictionary<string, string[]>
                {
                    ["runtimeStatus"] = [$"'{name}' is no status; there are {string.Join(", ", Enum.GetNames<OrchestrationRuntimeStatus>())}"],
                })),
    ];

    private static async Task<InstanceView> ShowAsync(string id, DurableTaskClient client, CancellationToken cancellation)
    {
        var instance = await FindAsync(id, client, cancellation);
        return InstanceView.Of(instance, instance.IsCompleted ? [] : await client.GetProgressAsync(id, cancellation));
    }

    private static async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(string id, DurableTaskClient client, CancellationToken cancellation)
    {
        await FindAsync(id, client, cancellation);
        return AuditTrail.Of(await client.GetHistoryAsync(id, cancellation));
    }

    private static async Task<IResult> SteerAsync(string id, DurableTaskClient client, Func<Task> steer, CancellationToken cancellation)
    {
        await FindAsync(id, client, cancellation);
        await steer();
        return Results.Accepted();
    }

    private static async Task<OrchestrationMetadata> FindAsync(string id, DurableTaskClient client, CancellationToken cancellation) =>
        await client.GetInstanceAsync(id, true, cancellation) ?? throw new InstanceNotFoundException(id);
}
