namespace KafkaBackup.Repository.Storage;

/// <summary>There is no object of that name.</summary>
public sealed class ObjectNotFoundException(string name, Exception? inner = null) : RepositoryException($"{name} is not in the repository", "'kafka-backup verify' tells what is missing, and what can still be restored", inner)
{
    /// <summary>The object's name.</summary>
    public string Name { get; } = name;
}

/// <summary>An object of that name is there with other content. Objects are written once: it is left as it is.</summary>
public sealed class ObjectConflictException(string name) : RepositoryException(
        $"{name} is in the repository already, with other content", "it was left as it is: look whether another writer, or another repository, uses the same place, and run the command again")
{
    /// <summary>The object's name.</summary>
    public string Name { get; } = name;
}

/// <summary>The place of the repository can't be used at the moment: not writable, full, not to be reached.</summary>
/// <param name="location">The path or address that was tried.</param>
/// <param name="problem">What the system says.</param>
/// <param name="remedy">What the operator can do.</param>
/// <param name="inner">The system's error.</param>
public sealed class RepositoryUnavailableException(string location, string problem, string remedy, Exception? inner = null)
    : RepositoryException($"{location}: {problem}", remedy, inner)
{
    /// <summary>The path or address that was tried.</summary>
    public string Location { get; } = location;

    /// <summary>Whether the same call may succeed when it is made again: the place was busy or out of reach, or its answer was lost. Whether the call did what it
    /// should is then unknown.</summary>
    public bool IsTransient { get; init; }

    /// <summary>How long the place asks to be left alone; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>The repository's connection is wrong: what it names is not there, or its credentials are not accepted. The message holds no secret.</summary>
/// <param name="location">The address that was tried.</param>
/// <param name="problem">What the service says.</param>
/// <param name="remedy">What the operator can do.</param>
/// <param name="inner">The service's error.</param>
public sealed class RepositoryConnectionException(string location, string problem, string remedy, Exception? inner = null)
    : RepositoryException($"{location}: {problem}", remedy, inner)
{
    /// <summary>The address that was tried.</summary>
    public string Location { get; } = location;
}
