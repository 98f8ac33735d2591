namespace KafkaBackup.Testing;

/// <summary>Finds the project's own files from wherever a test runs.</summary>
public static class ProjectTree
{
    /// <summary>The folder that holds KafkaBackup.sln.</summary>
    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KafkaBackup.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no KafkaBackup.sln above {AppContext.BaseDirectory}");
    }
}
