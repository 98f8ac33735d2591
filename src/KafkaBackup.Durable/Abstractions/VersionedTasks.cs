namespace KafkaBackup.Durable;

/// <summary>Tasks by name and version.</summary>
internal sealed class VersionedTasks<T>
{
    private readonly Dictionary<TaskName, Dictionary<TaskVersion, Func<IServiceProvider, T>>> tasks = [];

    public void Add(TaskName name, TaskVersion version, Func<IServiceProvider, T> create)
    {
        if (name == default)
            throw new ArgumentException("A task needs a name.", nameof(name));
        if (!tasks.TryGetValue(name, out var versions))
            tasks[name] = versions = [];
        if (!versions.TryAdd(version, create))
            throw new ArgumentException($"A task named '{name}'{(version == default ? "" : $", version '{version}',")} is registered already.", nameof(name));
    }

    /// <summary>Exactly that version; the unversioned task stands in where the name has no versions.</summary>
    public Func<IServiceProvider, T>? Find(TaskName name, string? version)
    {
        if (!tasks.TryGetValue(name, out var versions))
            return null;
        return versions.TryGetValue(version, out var exact) ? exact
            : versions.Count == 1 ? versions.GetValueOrDefault(TaskVersion.Unversioned)
            : null;
    }

    public InvalidOperationException Missing(string kind, TaskName name, string? version) => new(tasks.TryGetValue(name, out var versions)
        ? $"No {kind} named '{name}' of version '{version}' is registered on this host; there are {string.Join(", ", versions.Keys.Select(each => $"'{each}'").Order())}."
        : $"No {kind} named '{name}' is registered on this host.");
}
