using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Cli.Output;

/// <summary>Standard output as bytes.</summary>
internal static class StandardOutput
{
    /// <summary>
    /// Opens it. The console's own stream says nothing when the reader of a pipe has gone, as <c>head</c> does; on a pipe this one does, so that nobody goes on
    /// reading for nothing.
    /// </summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return Console.OpenStandardOutput();
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // A file keeps its own position, which another program may go on from.
        return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
    }
}
