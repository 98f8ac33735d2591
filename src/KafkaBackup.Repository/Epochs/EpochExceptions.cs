namespace KafkaBackup.Repository.Epochs;

/// <summary>A place holds no repository.</summary>
/// <param name="location">The place.</param>
public sealed class NotARepositoryException(string location)
    : RepositoryException($"there is no {RepositoryNames.Repository} in {location}: this is not a repository", "check the path, or make the first backup into it");

/// <summary>An object is of a format, or of a version of it, that this program does not know.</summary>
public sealed class UnsupportedFormatException(string name, string format, long version)
    : RepositoryException(
        $"{name} is of format '{format}', version {version}; this program knows '{FormatOf(name)}', version {RepositoryNames.NewestVersionOf(name)}", "use a newer one")
{
    /// <summary>The object.</summary>
    public string Name { get; } = name;

    private static string FormatOf(string name) => RepositoryNames.FormatOf(name);
}

/// <summary>An object of the repository, not a segment, is not what was written.</summary>
public sealed class DamagedObjectException(string name, string problem, Exception? inner = null) : RepositoryException(
        $"{name} is damaged: {problem}", "'kafka-backup verify' tells what can still be restored; bring the object back from a copy of the repository if there is one", inner)
{
    /// <summary>The object.</summary>
    public string Name { get; } = name;

    /// <summary>What is wrong.</summary>
    public string Problem { get; } = problem;
}

/// <summary>There is no such epoch.</summary>
public sealed class EpochNotFoundException(long sequence, bool isBeingRemoved = false) : RepositoryException($"there is no epoch {sequence}{(isBeingRemoved ? " any more: it is being removed" : "")}", "'kafka-backup epochs' lists those that there are")
{
    /// <summary>The number asked for.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>Another writer has committed an epoch under this number, or the epoch's parent is not the one that is there. Nothing was changed.</summary>
public sealed class EpochConflictException(long sequence, string problem)
    : RepositoryException($"epoch {sequence} can't be committed: {problem}", "nothing was changed; run the backup again, and let one writer at a time work in a repository")
{
    /// <summary>The number.</summary>
    public long Sequence { get; } = sequence;
}
