using KafkaBackup.Repository.Storage;
using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Repository.Exporting;

/// <summary>A new file that is on the disk when it is closed.</summary>
internal sealed class DurableFile : IDisposable
{
    private readonly string path;
    private readonly SafeFileHandle handle;
    private long length;

    public DurableFile(string path)
    {
        this.path = path;
        handle = Guard(() => File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read));
    }

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new DurableFile(path);
        file.Append(content);
        file.Flush();
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(handle, bytes, length);
            length += bytes.Length;
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(path, e);
        }
    }

    public void Flush() => Guard(() =>
    {
        RandomAccess.FlushToDisk(handle);
        return true;
    });

    public void Dispose() => handle.Dispose();

    private T Guard<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(path, e);
        }
    }
}
