using System.Diagnostics;

namespace KafkaBackup.Durable.Tests.Support;

/// <summary>A file system of a few megabytes in memory, mounted on a folder, that can be filled and freed again.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string path;
    private readonly string ballast;

    private SmallDisk(string path) => (this.path, ballast) = (path, Path.Combine(path, "ballast"));

    /// <returns>Null where that is not allowed.</returns>
    public static SmallDisk? TryMount(string path, int megabytes) => Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path) ? new(path) : null;

    /// <summary>Takes every byte that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // That is the point.
        }
    }

    public void Free() => File.Delete(ballast);

    public void Dispose() => Run("umount", "-l", path);

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
