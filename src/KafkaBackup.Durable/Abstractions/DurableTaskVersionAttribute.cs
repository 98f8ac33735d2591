namespace KafkaBackup.Durable;

/// <summary>The version under which a class of an orchestrator or an activity is registered.</summary>
/// <param name="version">The version; <see langword="null"/> or empty: unversioned.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DurableTaskVersionAttribute(string? version = null) : Attribute
{
    public TaskVersion Version { get; } = new(version);
}
