using System.Buffers;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>A range of a pack that is read from its start to its end, segment after segment.</summary>
internal sealed class PackRun(IObjectStore store, string pack) : IAsyncDisposable
{
    private Stream? stream;
    private long position;

    /// <summary>Gets to a segment's bytes: goes on reading, over what lies in between, or begins another range there.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="end">Where another range would end.</param>
    /// <param name="largestGap">What may be read over.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The bytes from the segment's first on. Disposing of them does not end the range.</returns>
    public async Task<Stream> OpenAsync(SegmentReference segment, long end, long largestGap, CancellationToken cancellationToken)
    {
        if (stream is null || segment.Offset < position || segment.Offset - position > largestGap)
        {
            await BreakOffAsync();
            stream = await store.OpenReadAsync(pack, segment.Offset, end - segment.Offset, cancellationToken);
            position = segment.Offset;
        }

        await SkipAsync((int)(segment.Offset - position), cancellationToken);
        position += segment.Length;
        return new Lent(stream);
    }

    /// <summary>Whether these bytes come next.</summary>
    public async Task<bool> HasNextAsync(byte[] expected, CancellationToken cancellationToken)
    {
        var there = new byte[expected.Length];
        try
        {
            position += await stream!.ReadAtLeastAsync(there, there.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception e) when (e is IOException or ObjectNotFoundException or Epochs.DamagedObjectException)
        {
            return false;
        }

        return expected.AsSpan().SequenceEqual(there);
    }

    /// <summary>Leaves the range: the next segment begins another one.</summary>
    public async Task BreakOffAsync()
    {
        if (stream is not null)
            await stream.DisposeAsync();
        stream = null;
    }

    public async ValueTask DisposeAsync() => await BreakOffAsync();

    private async Task SkipAsync(int bytes, CancellationToken cancellationToken)
    {
        if (bytes == 0)
            return;
        var skipped = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            await stream!.ReadExactlyAsync(skipped.AsMemory(0, bytes), cancellationToken);
            position += bytes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(skipped);
        }
    }

    private sealed class Lent(Stream stream) : ForwardStream
    {
        protected override ValueTask<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadAsync(buffer, cancellationToken);
    }
}
