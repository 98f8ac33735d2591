namespace KafkaBackup.Repository.Storage;

/// <summary>Reads another stream from start to end, and lets somebody see each reading.</summary>
/// <param name="inner">The stream; disposed of with this.</param>
/// <param name="around">Makes the reading, and adds what it has to; gets the reading and the token.</param>
internal sealed class PassingStream(Stream inner, Func<Func<ValueTask<int>>, CancellationToken, ValueTask<int>> around) : ForwardStream
{
    protected override ValueTask<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        around(() => inner.ReadAsync(buffer, cancellationToken), cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
