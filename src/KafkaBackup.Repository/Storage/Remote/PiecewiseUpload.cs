using System.Buffers;
using System.Security.Cryptography;

namespace KafkaBackup.Repository.Storage.Remote;

/// <summary>
/// An object in the making that is sent in pieces of one size while it is written, several at a time; what fits into one piece is created in one call.
/// Memory: at most one piece that is being filled, growing with what is written, and the pieces on their way.
/// </summary>
/// <param name="pieces">Where the pieces go.</param>
/// <param name="onTheWay">Counts the pieces that may be on their way at once, over all uploads that share it.</param>
/// <param name="pieceBytes">Bytes of every piece but the last.</param>
public sealed class PiecewiseUpload(IObjectPieces pieces, SemaphoreSlim onTheWay, int pieceBytes) : IObjectUpload
{
    private const int SmallestBuffer = 64 * 1024;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationTokenSource abandoned = new();
    private readonly List<Task> sending = [];
    private byte[] buffer = [];
    private int filled;
    private int sent;
    private long length;
    private bool isCommitted;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        for (var rest = bytes; rest.Length > 0;)
        {
            // A full piece waits for the next byte: an object of exactly one piece is created in one call.
            if (filled == pieceBytes)
                await SendAsync(cancellationToken);
            var taken = Math.Min(rest.Length, pieceBytes - filled);
            Reserve(filled + taken);
            rest[..taken].CopyTo(buffer.AsMemory(filled));
            filled += taken;
            rest = rest[taken..];
        }

        hash.AppendData(bytes.Span);
        length += bytes.Length;
    }

    /// <inheritdoc/>
    public async Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        var outcome = sent == 0 ? await pieces.CreateWholeAsync(buffer.AsMemory(0, filled), cancellationToken) : await CommitPiecesAsync(cancellationToken);
        isCommitted = true;
        return outcome;
    }

    /// <summary>Abandons what is on its way; what was sent is given up, unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await abandoned.CancelAsync();
        await Task.WhenAll(sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!isCommitted && sent > 0)
            await pieces.AbandonAsync();
        Release(buffer);
        buffer = [];
        hash.Dispose();
        abandoned.Dispose();
    }

    private async Task<CreateOutcome> CommitPiecesAsync(CancellationToken cancellationToken)
    {
        if (filled > 0)
            await SendAsync(cancellationToken);
        await Task.WhenAll(sending).WaitAsync(cancellationToken);
        return await pieces.CommitAsync(sent, new ObjectDigest(length, hash.GetCurrentHash()), cancellationToken);
    }

    /// <summary>Sends the piece that was filled. A failure of an earlier piece shows here, or at the commit.</summary>
    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (sending.Find(task => task.IsFaulted) is { } failed)
            await failed;
        sending.RemoveAll(task => task.IsCompletedSuccessfully);
        await onTheWay.WaitAsync(cancellationToken);
        sending.Add(PutAsync(sent++, buffer, filled));
        (buffer, filled) = ([], 0);
    }

    private async Task PutAsync(int index, byte[] bytes, int count)
    {
        try
        {
            await pieces.PutAsync(index, bytes.AsMemory(0, count), abandoned.Token);
            // Only now: after a failure, or a cancellation, the network may still be reading it.
            Release(bytes);
        }
        finally
        {
            onTheWay.Release();
        }
    }

    private void Reserve(int size)
    {
        if (size <= buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(pieceBytes, Math.Max(Math.Max(size, SmallestBuffer), 2L * buffer.Length)));
        buffer.AsSpan(0, filled).CopyTo(larger);
        Release(buffer);
        buffer = larger;
    }

    private static void Release(byte[] bytes)
    {
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
