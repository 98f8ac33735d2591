namespace KafkaBackup.Repository.Storage;

/// <summary>Lists a folder's files as objects, in ordinal order of their names, temporary files left out.</summary>
internal static class FileListing
{
    /// <param name="root">The store's folder.</param>
    /// <param name="folder">The names' common start, empty or ending with a slash.</param>
    /// <param name="prefix">What the names have to begin with; begins with <paramref name="folder"/>.</param>
    public static IEnumerable<StoredObject> Below(string root, string folder, string prefix)
    {
        // A folder is sorted as its name with a slash, which is how its files' names go on.
        foreach (var (name, entry) in Entries(root, folder).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (entry is FileInfo file)
            {
                if (name.StartsWith(prefix, StringComparison.Ordinal) && TryGetLength(file) is { } length)
                    yield return new StoredObject(name, length);
            }
            else if (name.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(name, StringComparison.Ordinal))
            {
                foreach (var found in Below(root, name, prefix))
                    yield return found;
            }
        }
    }

    private static List<(string Name, FileSystemInfo Info)> Entries(string root, string folder)
    {
        var path = Path.Combine(root, folder.Replace('/', Path.DirectorySeparatorChar));
        try
        {
            return new DirectoryInfo(path).EnumerateFileSystemInfos()
                .Where(info => info is DirectoryInfo || !info.Name.StartsWith('.'))
                .Select(info => (folder + info.Name + (info is DirectoryInfo ? "/" : ""), info))
                .ToList();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (FileSystemErrors.IsOne(e))
        {
            throw FileSystemErrors.Explain(path, e);
        }
    }

    /// <summary>Null if the file went away since the folder was read.</summary>
    private static long? TryGetLength(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
