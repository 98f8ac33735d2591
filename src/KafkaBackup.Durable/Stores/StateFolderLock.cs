namespace KafkaBackup.Durable.Stores;

/// <summary>
/// An exclusive lock on a folder, held by the operating system through an open file: it is gone with the process, however that ends. The file stays behind; its
/// presence means nothing.
/// </summary>
internal sealed class StateFolderLock : IDisposable
{
    private const string LockName = "state.lock";
    private const string OwnerName = "state.owner"; // of its own, since nobody else can open the locked one
    private readonly FileStream file;

    private StateFolderLock(FileStream file) => this.file = file;

    /// <exception cref="StateFolderInUseException">Someone has it.</exception>
    public static StateFolderLock Acquire(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, LockName);
        var owner = Path.Combine(folder, OwnerName);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new StateFolderInUseException(folder, ReadOwner(owner));
        }
        File.WriteAllText(owner, $"process {Environment.ProcessId} on {Environment.MachineName}");
        return new(file);
    }

    public void Dispose() => file.Dispose();

    private static string? ReadOwner(string path)
    {
        try
        {
            return File.ReadAllText(path) is { Length: > 0 } owner ? owner : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
