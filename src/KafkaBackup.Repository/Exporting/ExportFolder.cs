using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Exporting;

/// <summary>
/// The folder of an export: it is written under another name beside it, and gets its name when all of it is there. Killed at any instruction, an export leaves the
/// folder as it was; the next one removes what is left under the other name.
/// </summary>
internal sealed class ExportFolder
{
    /// <summary>What the unfinished folder's name has behind that of the folder.</summary>
    public const string Suffix = ".incomplete";

    private const string Marker = "THIS-EXPORT-IS-NOT-COMPLETE.txt";

    private ExportFolder(string path)
    {
        Target = path;
        Path = path + Suffix;
    }

    /// <summary>The folder that is exported to.</summary>
    public string Target { get; }

    /// <summary>Where it is written.</summary>
    public string Path { get; }

    /// <summary>Begins an export.</summary>
    /// <exception cref="ExportRefusedException">The folder is not empty, or can't be replaced.</exception>
    public static ExportFolder Begin(string folder)
    {
        var export = new ExportFolder(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder)));
        try
        {
            export.Prepare();
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(export.Path, e);
        }

        return export;
    }

    /// <summary>Gives the folder its name.</summary>
    public void Complete()
    {
        try
        {
            File.Delete(System.IO.Path.Combine(Path, Marker));
            FileSystemCalls.SyncFolder(Path);
            Directory.Move(Path, Target);
            FileSystemCalls.SyncFolder(System.IO.Path.GetDirectoryName(Target)!);
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(Target, e);
        }
    }

    private void Prepare()
    {
        if (File.Exists(Target))
            throw new ExportRefusedException(Target, "is a file", "give a folder that is empty or not there");
        if (Directory.Exists(Target) && Directory.EnumerateFileSystemEntries(Target).Any())
            throw new ExportRefusedException(Target, "is not empty", "empty it, or give another folder");
        if (Directory.Exists(Path))
        {
            if (Directory.EnumerateFileSystemEntries(Path).Any() && !File.Exists(System.IO.Path.Combine(Path, Marker)))
                throw new ExportRefusedException(Path, "is in the way, and was left by no export", "move it elsewhere, or give another folder");
            Directory.Delete(Path, recursive: true);
        }

        if (Directory.Exists(Target))
            Remove(Target);
        Directory.CreateDirectory(Path);
        File.WriteAllText(
            System.IO.Path.Combine(Path, Marker),
            $"An export to {Target} is at work here, or was interrupted. The same command again removes this folder and begins anew.\n");
    }

    /// <summary>An empty folder makes room for the one that gets its name. What something is mounted on does not.</summary>
    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException e)
        {
            throw new ExportRefusedException(folder, $"can't be replaced by the finished export ({e.Message})", "give a folder below it");
        }
    }
}
