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
            await using var pages = client.GetAllInstancesAsync(new OrchestrationQuery(Statuses: Live, PageSize: MostLookedAt)).AsPages().GetAsyncEnumerator(cancellation);
            if (await pages.MoveNextAsync().AsTask().WaitAsync(Patience, TimeProvider.System, cancellation))
                problems.AddRange(pages.Current.Values.Where(each => each.IsParked).Select(Parked));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            problems.Add(new ReadinessProblem(null, $"the history store can't be read: {e.Message}", Remedies.OfStore));
        }

        if (health.Trouble is { } trouble && !problems.Exists(each => each.Instance is null))
            problems.Add(new ReadinessProblem(null, trouble.ToString(), Remedies.OfStore));
        return new ReadinessReport(problems.Exists(each => each.Instance is null) ? "not ready" : problems.Count > 0 ? "degraded" : "ready", problems);
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
