namespace KafkaBackup.Workflows.Connections;

/// <summary>Makes names that nothing else has. Only activities ask for one: an orchestrator would get another on each replay.</summary>
public interface IIdentitySource
{
    /// <summary>A new one.</summary>
    Guid New();
}

/// <summary>Random identities.</summary>
public sealed class RandomIdentities : IIdentitySource
{
#pragma warning disable RS0030 // The one place where randomness enters.
    public Guid New() => Guid.NewGuid();
#pragma warning restore RS0030
}
