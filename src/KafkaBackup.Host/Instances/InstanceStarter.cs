using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KafkaBackup.Durable;

namespace KafkaBackup.Host.Instances;

/// <summary>
/// Gives an orchestration its identity: the hash of what is asked, and an ordinal. Asking the same again attaches to the instance that is
/// not finished yet, so that a command run again after a crash goes on; after a finished one the next begins.
/// </summary>
public sealed class InstanceStarter(DurableTaskClient client)
{
    private readonly SemaphoreSlim _starting = new(1, 1);

    /// <summary>Starts the orchestration, or finds the unfinished one that was asked for in the same words; returns its id.</summary>
    /// <param name="orchestrator">Which orchestration.</param>
    /// <param name="request">Its input.</param>
    /// <param name="requester">Who asks, for the audit trail; null if nobody says. It is no part of the identity.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<string> StartAsync(string orchestrator, object request, string? requester, CancellationToken cancellation)
    {
        await _starting.WaitAsync(cancellation);
        try
        {
            var prefix = PrefixOf(orchestrator, request);
            var latest = await FindLatestAsync(prefix, cancellation);
            if (latest is { IsCompleted: false })
                return latest.InstanceId;
            var ordinal = latest is null ? 1 : OrdinalOf(latest.InstanceId, prefix) + 1;
            return await client.As(requester).ScheduleNewOrchestrationInstanceAsync(orchestrator, request, new StartOrchestrationOptions($"{prefix}{ordinal}"), cancellation);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>The latest instance that was asked for in these words; null if none was.</summary>
    public Task<OrchestrationMetadata?> FindLatestAsync(string orchestrator, object request, CancellationToken cancellation) =>
        FindLatestAsync(PrefixOf(orchestrator, request), cancellation);

    private async Task<OrchestrationMetadata?> FindLatestAsync(string prefix, CancellationToken cancellation)
    {
        // The newest come first: a page of them holds the highest ordinal, however many there have been.
        await foreach (var page in client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: prefix)).AsPages().WithCancellation(cancellation))
            return page.Values.MaxBy(instance => OrdinalOf(instance.InstanceId, prefix));
        return null;
    }

    private static string PrefixOf(string orchestrator, object request)
    {
        var asked = JsonSerializer.SerializeToUtf8Bytes(request, request.GetType());
        var hash = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(orchestrator), 0, .. asked]));
        var name = orchestrator.StartsWith("Restore", StringComparison.Ordinal) ? "restore"
            : orchestrator.StartsWith("Prune", StringComparison.Ordinal) ? "prune"
            : orchestrator.StartsWith("Merge", StringComparison.Ordinal) ? "merge" : "backup";
        return $"{name}-{hash[..12]}-";
    }

    private static long OrdinalOf(string id, string prefix) => long.TryParse(id.AsSpan(prefix.Length), out var ordinal) ? ordinal : 0;
}
