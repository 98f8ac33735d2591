using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Testing.Crash;

/// <summary>Where a host is stopped dead.</summary>
/// <param name="Commit">At which commit, from 1; 0: nowhere.</param>
/// <param name="IsAfter">After it, before anybody hears of it; otherwise before it.</param>
public sealed record StopPoint(int Commit, bool IsAfter)
{
    public static StopPoint Parse(string text) => new(int.Parse(text.AsSpan(1)), text[0] == '+');

    public override string ToString() => $"{(IsAfter ? '+' : '-')}{Commit}";
}

/// <summary>Counts commits, and stops the host at a point: it does what is given, and from then on nothing reaches the store any more.</summary>
public sealed class StoppingStore(IHistoryStore inner, StopPoint point, Action stop) : StoreDecorator(inner)
{
    private int commits;
    private volatile bool isDead;

    public int Commits => commits;

    public override async Task<InstanceRecord> CommitAsync(HistoryCommit commit)
    {
        var isPoint = Interlocked.Increment(ref commits) == point.Commit;
        if (isPoint && !point.IsAfter)
            Die();
        Verify();
        var committed = await base.CommitAsync(commit);
        if (isPoint && point.IsAfter)
            Die();
        Verify();
        return committed;
    }

    public override Task<InstanceRecord?> FindAsync(string instanceId, CancellationToken cancellation) => Verify(() => base.FindAsync(instanceId, cancellation));

    public override Task<StoredInstance?> LoadAsync(string instanceId, CancellationToken cancellation) => Verify(() => base.LoadAsync(instanceId, cancellation));

    public override Task<IReadOnlyList<string>> ListLiveAsync(CancellationToken cancellation) => Verify(() => base.ListLiveAsync(cancellation));

    private void Die()
    {
        isDead = true;
        stop();
    }

    private void Verify()
    {
        if (isDead)
            throw new IOException("the host is dead");
    }

    private async Task<T> Verify<T>(Func<Task<T>> operation)
    {
        Verify();
        return await operation();
    }
}
