using System.Buffers;
using System.Security.Cryptography;

namespace KafkaBackup.Repository.Storage.Remote;

/// <summary>
/// An object in the making that is sent in pieces of one size while it is written, several at a time; what fits into one piece is created in one call.
/// Memory: at most one piece that is being filled, growing with what is written, and the pieces on their way.
/// A call that failed transiently may be made again with the same bytes: pieces that failed are sent again, and have to arrive before more are taken.
/// </summary>
/// <param name="pieces">Where the pieces go.</param>
/// <param name="onTheWay">Counts the pieces that may be on their way at once, over all uploads that share it.</param>
/// <param name="pieceBytes">Bytes of every piece but the last.</param>
public sealed class PiecewiseUpload(IObjectPieces pieces, SemaphoreSlim onTheWay, int pieceBytes) : IObjectUpload
{
    private const int SmallestBuffer = 64 * 1024;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationTokenSource abandoned = new();
    private readonly List<Piece> sending = [];
    private byte[] buffer = [];
    private int filled;
    private int count;
    private int takenOfCall;
    private long length;
    private bool isCommitted;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        while (takenOfCall < bytes.Length)
        {
            // A full piece waits for the next byte: an object of exactly one piece is created in one call.
            if (filled == pieceBytes)
                await SendAsync(cancellationToken);
            var taken = Math.Min(bytes.Length - takenOfCall, pieceBytes - filled);
            Reserve(filled + taken);
            bytes.Slice(takenOfCall, taken).CopyTo(buffer.AsMemory(filled));
            filled += taken;
            takenOfCall += taken;
        }

        takenOfCall = 0;
        hash.AppendData(bytes.Span);
        length += bytes.Length;
    }

    /// <inheritdoc/>
    public async Task<CreateOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        var outcome = count == 0 ? await pieces.CreateWholeAsync(buffer.AsMemory(0, filled), cancellationToken) : await CommitPiecesAsync(cancellationToken);
        isCommitted = true;
        return outcome;
    }

    /// <summary>Abandons what is on its way; what was sent is given up, unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await abandoned.CancelAsync();
        await Task.WhenAll(sending.Select(piece => piece.Sent)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!isCommitted && count > 0)
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
        await ArriveAsync(sending, cancellationToken);
        return await pieces.CommitAsync(count, new ObjectDigest(length, hash.GetCurrentHash()), cancellationToken);
    }

    /// <summary>Sends the piece that was filled. A failure of an earlier piece shows here, or at the commit.</summary>
    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await ArriveAsync(sending.FindAll(piece => piece.Sent.IsFaulted), cancellationToken);
        sending.RemoveAll(piece => piece.Sent.IsCompletedSuccessfully);
        await onTheWay.WaitAsync(cancellationToken);
        var piece = new Piece(count++, buffer, filled);
        piece.Sent = PutAsync(piece);
        sending.Add(piece);
        (buffer, filled) = ([], 0);
    }

    /// <summary>Waits until pieces have arrived. One whose failure was told before is sent again; one whose failure was not is told now.</summary>
    private async Task ArriveAsync(IReadOnlyList<Piece> awaited, CancellationToken cancellationToken)
    {
        foreach (var piece in awaited.Where(piece => piece.IsToBeSentAgain))
        {
            await onTheWay.WaitAsync(cancellationToken);
            piece.IsToBeSentAgain = false;
            piece.Sent = PutAsync(piece);
        }

        var arrived = Task.WhenAll(awaited.Select(piece => piece.Sent));
        await arrived.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var piece in awaited.Where(piece => piece.Sent.IsFaulted))
            piece.IsToBeSentAgain = true;
        await arrived;
    }

    private async Task PutAsync(Piece piece)
    {
        try
        {
            await pieces.PutAsync(piece.Index, piece.Bytes.AsMemory(0, piece.Count), abandoned.Token);
            // Only now: after a failure it is sent again, and after a cancellation the network may still be reading it.
            Release(piece.Bytes);
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

    /// <summary>A piece that was handed over.</summary>
    private sealed class Piece(int index, byte[] bytes, int count)
    {
        public int Index { get; } = index;

        public byte[] Bytes { get; } = bytes;

        public int Count { get; } = count;

        /// <summary>Done when it has arrived.</summary>
        public Task Sent { get; set; } = Task.CompletedTask;

        /// <summary>Whether its failure was told, so that the next call sends it again.</summary>
        public bool IsToBeSentAgain { get; set; }
    }
}
