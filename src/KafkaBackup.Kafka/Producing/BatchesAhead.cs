using System.Threading.Channels;

namespace KafkaBackup.Kafka.Producing;

/// <summary>
/// Reads a partition's stored batches and makes what is sent of them, while what was made before is on its way: a few batches ahead and no
/// more, so that a slow broker holds the store back. Disposed of in mid-work, it stops, and nothing of the source is in use any more.
/// </summary>
internal sealed class BatchesAhead : IAsyncDisposable
{
    /// <summary>How many batches wait to be sent at most; as a rule each is of <see cref="TransformPolicy.CoalesceTo"/> or less.</summary>
    private const int Most = 2;

    private readonly Channel<OutgoingBatch> _made = Channel.CreateBounded<OutgoingBatch>(new BoundedChannelOptions(Most) { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _stop;
    private readonly Task _making;

    /// <param name="source">The stored batches.</param>
    /// <param name="transformer">Makes of them what is sent; nobody else's until this is disposed of.</param>
    /// <param name="cancellation">Stops it.</param>
    public BatchesAhead(IAsyncEnumerable<SourceBatch> source, BatchTransformer transformer, CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _making = Task.Run(() => MakeAsync(source, transformer, _stop.Token), CancellationToken.None);
    }

    /// <summary>Waits for a batch; false where there is none any more. What went wrong in making one goes wrong here.</summary>
    public ValueTask<bool> WaitAsync() => _made.Reader.WaitToReadAsync(CancellationToken.None);

    /// <summary>The batch that was waited for; the caller disposes of it.</summary>
    public OutgoingBatch Take() => _made.Reader.TryRead(out var batch) ? batch : throw new InvalidOperationException("nothing was waited for");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _making;
        while (_made.Reader.TryRead(out var batch))
            batch.Dispose();
        _stop.Dispose();
    }

    private async Task MakeAsync(IAsyncEnumerable<SourceBatch> source, BatchTransformer transformer, CancellationToken cancellation)
    {
        var ready = new List<OutgoingBatch>();
        try
        {
            await foreach (var batch in source.WithCancellation(cancellation))
            {
                transformer.Push(batch, ready);
                await HandOverAsync(ready, cancellation);
            }

            transformer.Flush(ready);
            await HandOverAsync(ready, cancellation);
            _made.Writer.Complete();
        }
        catch (Exception e)
        {
            // Whoever waits for the next batch gets it.
            _made.Writer.Complete(e);
        }
        finally
        {
            ready.ForEach(batch => batch.Dispose());
        }
    }

    private async ValueTask HandOverAsync(List<OutgoingBatch> ready, CancellationToken cancellation)
    {
        while (ready.Count > 0)
        {
            await _made.Writer.WriteAsync(ready[0], cancellation);
            ready.RemoveAt(0);
        }
    }
}
