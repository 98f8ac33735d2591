namespace KafkaBackup.Durable;

/// <summary>The version of an orchestrator or an activity. Versions are compared without regard to case.</summary>
/// <param name="version">The version; <see langword="null"/> or empty: unversioned.</param>
public readonly struct TaskVersion(string? version) : IEquatable<TaskVersion>
{
    /// <summary>No version, the default value. As an option it asks for the unversioned task, where <see langword="null"/> asks for the caller's version.</summary>
    public static readonly TaskVersion Unversioned;

    private readonly string? version = string.IsNullOrEmpty(version) ? null
        : string.IsNullOrWhiteSpace(version) ? throw new ArgumentException("A version is not blank.", nameof(version))
        : version;

    /// <summary>The version, empty if there is none.</summary>
    public string Version => version ?? "";

    public static implicit operator string(TaskVersion value) => value.Version;

    public static implicit operator TaskVersion(string? value) => new(value);

    public static bool operator ==(TaskVersion left, TaskVersion right) => left.Equals(right);

    public static bool operator !=(TaskVersion left, TaskVersion right) => !left.Equals(right);

    /// <summary>Compares versions: none is below any, numbers (1.9, 1.10) go by their parts, anything else by its letters.</summary>
    public static int Compare(string? left, string? right) => (string.IsNullOrWhiteSpace(left), string.IsNullOrWhiteSpace(right)) switch
    {
        (true, true) => 0,
        (true, false) => -1,
        (false, true) => 1,
        _ when System.Version.TryParse(left, out var a) && System.Version.TryParse(right, out var b) => a.CompareTo(b),
        _ => string.Compare(left, right, StringComparison.OrdinalIgnoreCase),
    };

    public bool Equals(TaskVersion other) => string.Equals(Version, other.Version, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => obj is TaskVersion other && Equals(other);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Version);

    public override string ToString() => Version;
}
