namespace KafkaBackup.Durable;

/// <summary>The name under which an orchestrator or an activity is registered. Names are compared without regard to case.</summary>
/// <param name="name">The name; <see langword="null"/> gives the default value, which names nothing.</param>
public readonly struct TaskName(string name) : IEquatable<TaskName>
{
    /// <summary>The name as it was given.</summary>
    public string Name { get; } = name;

    public static implicit operator string(TaskName value) => value.Name;

    public static implicit operator TaskName(string value) => string.IsNullOrEmpty(value) ? default : new(value);

    public static bool operator ==(TaskName left, TaskName right) => left.Equals(right);

    public static bool operator !=(TaskName left, TaskName right) => !left.Equals(right);

    public bool Equals(TaskName other) => string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => obj is TaskName other && Equals(other);

    public override int GetHashCode() => Name is null ? 0 : StringComparer.OrdinalIgnoreCase.GetHashCode(Name);

    public override string ToString() => Name ?? "";
}
