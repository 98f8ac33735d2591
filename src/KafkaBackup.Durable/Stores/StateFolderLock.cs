using System.Text;

namespace KafkaBackup.Durable.Stores;

/// <summary>
/// An exclusive lock on a folder, held by the operating system through an open file: it is gone with the process, however that ends. The file stays behind; its
/// presence means nothing.
/// </summary>
internal sealed class StateFolderLock : IDisposable
{
    private const string FileName = "state.lock";
    private readonly FileStream file;

    private StateFolderLock(FileStream file) => this.file = file;

    /// <exception cref="StateFolderInUseException">Someone has it.</exception>
    public static StateFolderLock Acquire(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new StateFolderInUseException(folder, ReadOwner(path));
        }
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes($"process {Environment.ProcessId} on {Environment.MachineName}"));
        file.Flush();
        return new(file);
    }

    public void Dispose() => file.Dispose();

    private static string? ReadOwner(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd() is { Length: > 0 } owner ? owner : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
