using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Instances;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KafkaBackup.Host.Http;

/// <summary>Routes that steer orchestrations. Whoever asks is in the history.</summary>
internal static class ControlRoutes
{
    public static void MapControl(this IEndpointRouteBuilder instances)
    {
        instances.MapPost("{id}/suspend", (string id, string? reason, HttpContext http, DurableTaskClient client, TimeProvider time) =>
                SteerAsync(http, client, time, control => control.SuspendAsync(id, reason, http.RequestAborted)))
            .Produces<InstanceView>(StatusCodes.Status202Accepted).WithSummary("Halts an orchestration");
        instances.MapPost("{id}/resume", (string id, string? reason, HttpContext http, DurableTaskClient client, TimeProvider time) =>
                SteerAsync(http, client, time, control => control.ResumeAsync(id, reason, http.RequestAborted)))
            .Produces<InstanceView>(StatusCodes.Status202Accepted).WithSummary("Lets a suspended orchestration go on");
        instances.MapPost("{id}/terminate", (string id, string? reason, bool? recursive, HttpContext http, DurableTaskClient client, TimeProvider time) =>
                SteerAsync(http, client, time, control => control.TerminateAsync(id, reason, recursive == true, http.RequestAborted)))
            .Produces<InstanceView>(StatusCodes.Status202Accepted).WithSummary("Ends an orchestration now");
        instances.MapPost("{id}/raiseEvent/{name}", RaiseAsync).WithSummary("Tells an orchestration an event; the body, JSON, goes with it");
        instances.MapDelete("{id}", async (string id, HttpContext http, DurableTaskClient client, TimeProvider time) =>
        {
            await Control(http, client, time).PurgeAsync(id, http.RequestAborted);
            return Results.NoContent();
        }).Produces(StatusCodes.Status204NoContent).WithSummary("Deletes an orchestration that is over, with its history");
        instances.MapDelete("", PurgeAsync).Produces<PurgeReport>().WithSummary("Deletes the orchestrations that have been over for longer than olderThan, such as 30d");
    }

    private static async Task<IResult> SteerAsync(HttpContext http, DurableTaskClient client, TimeProvider time, Func<InstanceControl, Task<InstanceView>> steer) =>
        Results.Accepted(value: await steer(Control(http, client, time)));

    private static async Task<IResult> RaiseAsync(string id, string name, HttpContext http, DurableTaskClient client)
    {
        object? payload = http.Request.ContentLength == 0 || http.Request.Headers is { ContentLength: null, TransferEncoding.Count: 0 }
            ? null
            : await RequestBody.ReadJsonAsync(http.Request, http.RequestAborted);
        if (await client.GetInstanceAsync(id, false, http.RequestAborted) is null)
            throw new InstanceNotFoundException(id);
        await client.As(Caller.Of(http)).RaiseEventAsync(id, name, payload, http.RequestAborted);
        return Results.Accepted();
    }

    private static Task<PurgeReport> PurgeAsync(string? olderThan, string[]? runtimeStatus, bool? dryRun, HttpContext http, DurableTaskClient client, TimeProvider time)
    {
        // Without it, a DELETE of the wrong address would clear everything away.
        if (string.IsNullOrEmpty(olderThan))
            throw RequestFaults.Of("olderThan", $"is missing: give an {Age.Form}");
        var age = Age.Parse(olderThan) ?? throw RequestFaults.Of("olderThan", $"'{olderThan}' is no {Age.Form}");
        return Control(http, client, time).PurgeAsync(new PurgeRequest(age, RequestFaults.Statuses(runtimeStatus, InstanceStatuses.Over), dryRun == true), http.RequestAborted);
    }

    private static InstanceControl Control(HttpContext http, DurableTaskClient client, TimeProvider time) => new(client.As(Caller.Of(http)), time);
}
