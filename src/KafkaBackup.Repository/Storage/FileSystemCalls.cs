using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KafkaBackup.Repository.Storage;

/// <summary>
/// What a durable, exclusive file creation needs and the BCL does not have. (<see cref="File.Move(string, string, bool)"/> without overwriting
/// looks for the target and then renames, on Unix: of two processes at once, the later would replace the file of the earlier.)
/// </summary>
internal static partial class FileSystemCalls
{
    private const int Exists = 17;
    private const int NotSupportedLinux = 95;
    private const int NotSupportedMac = 45;
    private const int NotPermitted = 1;
    private const int NotImplemented = 38;
    private const int TooManyLinks = 31;
    private const int CurrentFolder = -100;
    private const uint NoReplace = 1;
    private const uint StartWriting = 2;

    /// <summary>
    /// Gives a finished file its name, in one step which fails if the name is taken, and takes its old name away. On Unix by a hard link (link(2) never
    /// replaces); where the file system has no hard links, by Linux' renameat2 with RENAME_NOREPLACE; on Windows by a move, which never replaces there.
    /// </summary>
    /// <returns>False if the name is taken.</returns>
    /// <exception cref="IOException">The file system can do none of these, or refuses.</exception>
    public static bool TryGiveName(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(from, to, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(to))
            {
                return false;
            }
        }

        if (Link(from, to) == 0)
        {
            File.Delete(from);
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        if (OperatingSystem.IsLinux() && error is NotPermitted or NotSupportedLinux or NotSupportedMac or NotImplemented or TooManyLinks)
        {
            if (RenameAt2(CurrentFolder, from, CurrentFolder, to, NoReplace) == 0)
                return true;
            error = Marshal.GetLastPInvokeError();
        }

        return error == Exists ? false : throw new IOException(new Win32Exception(error).Message, error);
    }

    /// <summary>Makes the names in a folder durable. Nothing to do on Windows, whose file systems journal them.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(path, 0);
        if (descriptor < 0)
            throw Failure();
        try
        {
            if (FSync(descriptor) != 0)
                throw Failure();
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// Has the system begin to write a range of a file to the medium, without waiting for it: the flush at the end then finds little left to do, instead of
    /// a gigabyte. A hint: where a system does not take it, nothing is lost but time. (sync_file_range with SYNC_FILE_RANGE_WRITE; Linux only.)
    /// </summary>
    public static void BeginWriteback(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux())
            _ = SyncFileRange(file, offset, length, StartWriting);
    }

    private static IOException Failure()
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException(new Win32Exception(error).Message, error);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
