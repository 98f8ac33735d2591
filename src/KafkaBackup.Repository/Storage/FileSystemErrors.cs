namespace KafkaBackup.Repository.Storage;

/// <summary>Says what an operator can do about a file system's error.</summary>
internal static class FileSystemErrors
{
    private const int NoSpaceUnix = 28;
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int ReadOnlyUnix = 30;

    /// <summary>Whether an error is one of the file system's.</summary>
    public static bool IsOne(Exception error) => error is IOException or UnauthorizedAccessException;

    public static RepositoryUnavailableException Explain(string path, Exception error) => new(path, Trim(error.Message), Remedy(error), error);

    private static string Remedy(Exception error) => error switch
    {
        UnauthorizedAccessException => "give the user that runs Kafka Backup read and write access to the folder",
        IOException { HResult: NoSpaceUnix or DiskFullWindows } => "free space, or move the repository to a larger volume",
        IOException { HResult: ReadOnlyUnix } => "mount the file system for writing",
        _ => "check that the path of the repository is a folder on a file system that is there, and writable",
    };

    private static string Trim(string message) => message.TrimEnd('.');
}
