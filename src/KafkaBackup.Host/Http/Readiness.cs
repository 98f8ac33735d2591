using KafkaBackup.Durable;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Host.Http;

/// <summary>Whether the service does its work, and what keeps it from that.</summary>
/// <param name="client">Reads the histories.</param>
/// <param name="health">How the store does.</param>
internal sealed class Readiness(DurableTaskClient client, HistoryStoreHealth health)
{
    private const int MostLookedAt = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly OrchestrationRuntimeStatus[] Live =
        [OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Suspended];

    /// <summary>Looks. Ready is who reads and writes its histories; an orchestration that is parked keeps no other one from its work.</summary>
    public async Task<ReadinessReport> LookAsync(CancellationToken cancellation)
    {
        var problems = new List<ReadinessProblem>();
        try
        {
            var live = await FirstPageAsync(cancellation).WaitAsync(Patience, TimeProvider.System, cancellation);
            problems.AddRange(live.Where(each => each.IsParked).Select(Parked));
        }
        catch (TimeoutException)
        {
            problems.Add(new ReadinessProblem(null, $"the history store does not answer within {Patience.TotalSeconds} s", Remedies.OfStore));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            problems.Add(new ReadinessProblem(null, $"the history store can't be read: {e.Message}", Remedies.OfStore));
        }

        if (health.Trouble is { } trouble && !problems.Exists(each => each.Instance is null))
            problems.Add(new ReadinessProblem(null, trouble.ToString(), Remedies.OfStore));
        return new ReadinessReport(problems.Exists(each => each.Instance is null) ? "not ready" : problems.Count > 0 ? "degraded" : "ready", problems);
    }

    /// <summary>In a method of its own: an enumeration that hangs can't be disposed of, only left alone.</summary>
    private async Task<IReadOnlyList<OrchestrationMetadata>> FirstPageAsync(CancellationToken cancellation)
    {
        await foreach (var page in client.GetAllInstancesAsync(new OrchestrationQuery(Statuses: Live, PageSize: MostLookedAt)).AsPages().WithCancellation(cancellation))
            return page.Values;
        return [];
    }

    private static ReadinessProblem Parked(OrchestrationMetadata instance) =>
        new(instance.InstanceId, $"it is parked: {instance.FailureDetails?.ErrorMessage.TrimEnd('.')}", Remedies.Of(instance)!);
}

/// <summary>How the service does.</summary>
/// <param name="Status"><c>ready</c>; <c>degraded</c>: it works, but for what is named; <c>not ready</c>: nothing goes on.</param>
/// <param name="Problems">What is wrong.</param>
internal sealed record ReadinessReport(string Status, IReadOnlyList<ReadinessProblem> Problems);

/// <summary>Something that is wrong.</summary>
/// <param name="Instance">With which orchestration; null: with the store of all of them.</param>
/// <param name="Problem">What it is.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record ReadinessProblem(string? Instance, string Problem, string Remedy);
