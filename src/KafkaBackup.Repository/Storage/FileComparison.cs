using System.Buffers;

namespace KafkaBackup.Repository.Storage;

/// <summary>Compares files byte by byte.</summary>
internal static class FileComparison
{
    private const int ChunkBytes = 256 * 1024;

    public static async Task<bool> AreEqualAsync(string left, string right, CancellationToken cancellationToken)
    {
        using var a = Open(left);
        using var b = Open(right);
        var length = RandomAccess.GetLength(a);
        if (length != RandomAccess.GetLength(b))
            return false;
        var buffer = ArrayPool<byte>.Shared.Rent(2 * ChunkBytes);
        try
        {
            var (x, y) = (buffer.AsMemory(0, ChunkBytes), buffer.AsMemory(ChunkBytes, ChunkBytes));
            for (long position = 0; position < length;)
            {
                var n = await RandomAccess.ReadAsync(a, x, position, cancellationToken);
                var m = await RandomAccess.ReadAsync(b, y[..n], position, cancellationToken);
                if (n == 0 || m == 0 || !x.Span[..m].SequenceEqual(y.Span[..m]))
                    return false;
                position += m;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Microsoft.Win32.SafeHandles.SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
}
