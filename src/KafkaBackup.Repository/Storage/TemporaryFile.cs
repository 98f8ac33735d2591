using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Repository.Storage;

/// <summary>
/// Names and owners of unfinished files. An unfinished <c>x</c> is <c>.x.0.tmp</c> beside it, or the next number if that one has a living owner. The owner keeps the file
/// open under a shared lock, which ends with its process; whoever can lock it exclusively has found the leftover of a dead one.
/// </summary>
internal static class TemporaryFile
{
    private const int MostOwners = 1000;

    /// <summary>
    /// Makes a new file beside <paramref name="target"/>, and removes leftovers of dead writers of the same target. A leftover's bytes are never reused:
    /// it may be the second name of a finished object.
    /// </summary>
    public static (SafeFileHandle Handle, string Path) Create(string target)
    {
        var folder = System.IO.Path.GetDirectoryName(target)!;
        for (var i = 0; i < MostOwners; i++)
        {
            var path = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(target)}.{i}.tmp");
            for (var attempt = 0; attempt < 2; attempt++)
            {
                try
                {
                    return (File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous), path);
                }
                catch (IOException e) when (e is not DirectoryNotFoundException && File.Exists(path))
                {
                    if (!TryReclaim(path))
                        break;
                }
            }
        }

        throw new IOException($"{MostOwners} writers are at work on {target}");
    }

    private static bool TryReclaim(string path)
    {
        try
        {
            using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                if (!OperatingSystem.IsWindows())
                    File.Delete(path);
            }

            File.Delete(path);
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
