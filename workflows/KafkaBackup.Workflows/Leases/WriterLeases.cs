using System.Collections.Concurrent;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Workflows.Connections;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Workflows.Leases;

/// <summary>The writers' leases that this process holds for its runs. They are renewed while an activity of the run works here, and for a moment after, until the next does.</summary>
public sealed class WriterLeases(IConnections connections, LeaseOptions options, TimeProvider time, ILogger<WriterLeases> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Repository, string Run), HeldLease> held = new();

    /// <summary>Takes the lease of a repository for a run, or makes sure that the run still has it; it is renewed until the result is disposed of.</summary>
    /// <param name="repository">The repository's connection.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops the call. If it is cancelled when the result is disposed of, the lease is left alone at once: the run was ended from outside.</param>
    /// <exception cref="LeaseHeldException">Another run is writing.</exception>
    /// <exception cref="LeaseLostException">Another run has taken this one's place.</exception>
    public async Task<IAsyncDisposable> HoldAsync(string repository, string run, CancellationToken cancellation)
    {
        var mine = held.GetOrAdd((repository, run), key => new HeldLease(LeaseOf(key.Repository, key.Run), $"run {run}, {repository}", options, time, logger));
        await mine.EnterAsync(cancellation);
        return new Hold(mine, cancellation);
    }

    /// <summary>Returns the lease of a run that has ended.</summary>
    public async Task ReturnAsync(string repository, string run, CancellationToken cancellation)
    {
        if (held.TryRemove((repository, run), out var mine))
            await mine.DisposeAsync();
        await LeaseOf(repository, run).ReturnAsync(cancellation);
    }

    /// <summary>Stops renewing. The leases stay with their runs, which go on when the process is started again, until others find them silent.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var mine in held.Values)
            await mine.DisposeAsync();
        held.Clear();
    }

    private WriterLease LeaseOf(string repository, string run) => new(connections.Repository(repository), new LeaseHolder(run, Environment.MachineName), options, time);

    private sealed class Hold(HeldLease lease, CancellationToken cancellation) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => lease.LeaveAsync(cancellation.IsCancellationRequested);
    }
}
