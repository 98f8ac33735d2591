using KafkaBackup.Durable;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Instances;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KafkaBackup.Host.Http;

/// <summary>Routes that show orchestrations.</summary>
public static class InstanceRoutes
{
    /// <summary>Where a listing that is longer than its answer goes on: in the answer, and in the next request. The name is that of Durable Functions.</summary>
    public const string Continuation = "x-ms-continuation-token";

    private const int MostListed = 1000;
    private static readonly TimeSpan ProgressPatience = TimeSpan.FromSeconds(2);

    internal static void MapInstances(this IEndpointRouteBuilder routes)
    {
        var instances = routes.MapGroup("/api/instances");
        instances.MapGet("", ListAsync).Produces<IReadOnlyList<InstanceView>>().WithSummary($"Lists orchestrations, the newest first; the header {Continuation} asks for the next page");
        instances.MapGet("{id}", ShowAsync).Produces<InstanceView>().WithSummary("Shows an orchestration");
        instances.MapGet("{id}/history", HistoryAsync).Produces<IReadOnlyList<HistoryEntry>>().WithSummary("The audit trail of an orchestration; raw=true gives the recorded history, as an archive keeps it");
        instances.MapControl();
    }

    private static async Task<IReadOnlyList<InstanceView>> ListAsync(
        HttpContext http, DurableTaskClient client, string[]? runtimeStatus, DateTimeOffset? createdTimeFrom, DateTimeOffset? createdTimeTo, string? instanceIdPrefix, int? top)
    {
        var statuses = RequestFaults.Statuses(runtimeStatus, InstanceStatuses.All);
        if (top < 1)
            throw RequestFaults.Of("top", $"is at least 1, not {top}");
        var query = new OrchestrationQuery(
            createdTimeFrom, createdTimeTo, statuses.Count > 0 ? statuses : null, instanceIdPrefix, Math.Min(top ?? MostListed, MostListed), FetchInputsAndOutputs: true,
            http.Request.Headers[Continuation].ToString() is { Length: > 0 } token ? token : null);
        try
        {
            await foreach (var page in client.GetAllInstancesAsync(query).AsPages().WithCancellation(http.RequestAborted))
            {
                if (page.ContinuationToken is { } next)
                    http.Response.Headers[Continuation] = next;
                return [.. page.Values.Select(instance => InstanceView.Of(instance, []))];
            }
        }
        catch (ArgumentException e)
        {
            throw RequestFaults.Of(Continuation, e.Message);
        }

        return [];
    }

    private static async Task<InstanceView> ShowAsync(string id, DurableTaskClient client, HistoryStoreHealth health, CancellationToken cancellation)
    {
        var instance = await FindAsync(id, client, cancellation);
        return instance.IsCompleted ? InstanceView.Of(instance, []) : InstanceView.Of(instance, await ProgressAsync(id, client, cancellation), health.Trouble);
    }

    /// <summary>None from an orchestration that is being loaded again, as happens while the store fails.</summary>
    private static async Task<IReadOnlyList<ActivityProgress>> ProgressAsync(string id, DurableTaskClient client, CancellationToken cancellation)
    {
        try
        {
            return await client.GetProgressAsync(id, cancellation).WaitAsync(ProgressPatience, TimeProvider.System, cancellation);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return [];
        }
    }

    private static async Task<IResult> HistoryAsync(string id, bool? raw, DurableTaskClient client, CancellationToken cancellation)
    {
        var instance = await FindAsync(id, client, cancellation);
        var history = await client.GetHistoryAsync(id, cancellation);
        return raw == true ? Results.Bytes(RecordedHistory.Of(instance, history).Write(), "application/json") : Results.Ok(AuditTrail.Of(history));
    }

    private static async Task<OrchestrationMetadata> FindAsync(string id, DurableTaskClient client, CancellationToken cancellation) =>
        await client.GetInstanceAsync(id, true, cancellation) ?? throw new InstanceNotFoundException(id);
}
