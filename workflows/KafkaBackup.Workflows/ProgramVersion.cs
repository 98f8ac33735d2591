using System.Reflection;

namespace KafkaBackup.Workflows;

/// <summary>Which program writes.</summary>
public static class ProgramVersion
{
    /// <summary>Its name and version, as manifests and reports name it.</summary>
    public static string Current { get; } = $"kafka-backup {typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";
}
