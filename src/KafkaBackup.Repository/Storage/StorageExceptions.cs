namespace KafkaBackup.Repository.Storage;

/// <summary>There is no object of that name.</summary>
public sealed class ObjectNotFoundException(string name, Exception? inner = null) : RepositoryException($"{name} is not in the repository", inner)
{
    /// <summary>The object's name.</summary>
    public string Name { get; } = name;
}

/// <summary>An object of that name is there with other content. Objects are written once: it is left as it is.</summary>
public sealed class ObjectConflictException(string name) : RepositoryException($"{name} is in the repository already, with other content")
{
    /// <summary>The object's name.</summary>
    public string Name { get; } = name;
}

/// <summary>The place of the repository can't be used: not there, not writable, full.</summary>
/// <param name="location">The path or address that was tried.</param>
/// <param name="problem">What the system says.</param>
/// <param name="remedy">What the operator can do.</param>
/// <param name="inner">The system's error.</param>
public sealed class RepositoryUnavailableException(string location, string problem, string remedy, Exception? inner = null)
    : RepositoryException($"{location}: {problem}; {remedy}", inner)
{
    /// <summary>The path or address that was tried.</summary>
    public string Location { get; } = location;

    /// <summary>What the operator can do.</summary>
    public string Remedy { get; } = remedy;
}
