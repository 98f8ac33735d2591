using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Broker.Logs;

/// <summary>A file that is appended to by one and read by many. It is opened when it is first needed, for a broker may have very many.</summary>
internal sealed class AppendFile(string path) : IDisposable
{
    private string _path = path;
    private readonly Lock _lock = new();
    private SafeFileHandle? _handle;
    private bool _disposed;
    private long _size = File.Exists(path) ? new FileInfo(path).Length : 0;

    public string Path => Volatile.Read(ref _path);

    /// <summary>Bytes appended; a reader that sees them may read them.</summary>
    public long Size => Volatile.Read(ref _size);

    /// <summary>Creates the file, empty, if there is none.</summary>
    public void Touch() => Handle();

    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(Handle(), bytes, _size);
        Volatile.Write(ref _size, _size + bytes.Length);
    }

    /// <summary>Reads from <paramref name="position"/> until <paramref name="target"/> is full or the file ends.</summary>
    public int Read(long position, Span<byte> target)
    {
        var total = 0;
        while (total < target.Length)
        {
            var read = RandomAccess.Read(Handle(), target[total..], position + total);
            if (read == 0)
                break;
            total += read;
        }

        return total;
    }

    public void Truncate(long size)
    {
        RandomAccess.SetLength(Handle(), size);
        Volatile.Write(ref _size, size);
    }

    /// <summary>Gives it another name, which it then has instead of what had it before; a file that was never made gets it once it is.</summary>
    public void MoveTo(string other)
    {
        lock (_lock)
        {
            if (File.Exists(_path))
                File.Move(_path, other, overwrite: true);
            Volatile.Write(ref _path, other);
        }
    }

    public void Flush()
    {
        if (_handle is { IsClosed: false } handle)
            RandomAccess.FlushToDisk(handle);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _handle?.Dispose();
        }
    }

    private SafeFileHandle Handle()
    {
        if (_handle is { } open)
            return open;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _handle ??= File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
    }
}
