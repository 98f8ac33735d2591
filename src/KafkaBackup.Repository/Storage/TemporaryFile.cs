using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Repository.Storage;

/// <summary>
/// Names and owners of unfinished files: an unfinished <c>x</c> is <c>.x.{random}.tmp</c> beside it, a name that is never used again. Its owner keeps the file
/// open under
/// a shared lock, which ends with the owner's process: whoever can lock the file exclusively has found the leftover of a dead one.
/// </summary>
internal static class TemporaryFile
{
    private const string Extension = ".tmp";
    private const int MostAttempts = 10;

    /// <summary>On Unix an exclusive lock. On Windows a file that is open for writing elsewhere can't be opened like this either, and can be deleted while it
    /// is.</summary>
    private static FileShare Exclusively => OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    /// <summary>Makes a new file beside <paramref name="target"/>.</summary>
    public static (SafeFileHandle Handle, string Path) Create(string target)
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}{Extension}");
            try
            {
                var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous);
                if (File.Exists(path))
                    return (handle, path);
                handle.Dispose();
            }
            catch (IOException e) when (attempt < MostAttempts && e is not (DirectoryNotFoundException or PathTooLongException))
            {
            }

            // Opening and locking are two steps: in between it was taken for a leftover. Once it is locked it can't be.
        }
    }

    /// <summary>Removes what dead writers left in a folder.</summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, $".*{Extension}", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true }))
        {
            try
            {
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, Exclusively);
                File.Delete(path);
            }
            catch (Exception e) when (FileSystemErrors.IsOne(e))
            {
                // It has a living owner, is just gone, or is another user's: none of it is in the way.
            }
        }
    }
}
