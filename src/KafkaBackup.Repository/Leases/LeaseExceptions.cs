namespace KafkaBackup.Repository.Leases;

/// <summary>Another writer is at work in the repository.</summary>
/// <param name="run">Its run.</param>
/// <param name="host">The machine that it runs on.</param>
public sealed class LeaseHeldException(string run, string host)
    : RepositoryException($"run {run} on {host} is writing to the repository", "wait until it has ended, or end it")
{
    /// <summary>The other writer's run.</summary>
    public string Run { get; } = run;
}

/// <summary>This writer was silent for so long that another one has taken its place.</summary>
/// <param name="run">The other writer's run.</param>
/// <param name="host">The machine that it runs on.</param>
public sealed class LeaseLostException(string run, string host)
    : RepositoryException($"this run was silent for so long that run {run} on {host} has taken its place", "nothing of this epoch counts, run the command again");
