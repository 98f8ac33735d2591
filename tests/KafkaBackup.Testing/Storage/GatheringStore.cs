using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Testing.Storage;

/// <summary>Lets nobody read a segment before so many want to.</summary>
/// <param name="inner">What is read.</param>
/// <param name="wanted">How many have to want to at once.</param>
public sealed class GatheringStore(IObjectStore inner, int wanted) : DelegatingStore(inner)
{
    private readonly TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int now;

    /// <summary>How many segments were being read at once, at most.</summary>
    public int Most { get; private set; }

    public override async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        if (!name.EndsWith(".log", StringComparison.Ordinal))
            return await base.OpenReadAsync(name, offset, length, cancellationToken);
        lock (all)
            Most = Math.Max(Most, ++now);
        if (now >= wanted)
            all.TrySetResult();
        await all.Task.WaitAsync(Eventually.Soon, cancellationToken);
        return new Open(await base.OpenReadAsync(name, offset, length, cancellationToken), () => Interlocked.Decrement(ref now));
    }

    private sealed class Open(Stream inner, Action closed) : ForwardStream
    {
        protected override ValueTask<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellationToken) => inner.ReadAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                closed();
            base.Dispose(disposing);
        }
    }
}
