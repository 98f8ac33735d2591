using System.Text.Json;

namespace KafkaBackup.Durable.AzureStorage.Tests.Cluster;

/// <summary>What a <see cref="HostProbe"/> is told, through a variable of its environment.</summary>
/// <param name="Name">The host's name in histories and files.</param>
/// <param name="Folder">Where it writes down what it does.</param>
/// <param name="State">The name of the state.</param>
/// <param name="ConnectionString">The account.</param>
/// <param name="Cluster">Hosts with the same one see each other.</param>
/// <param name="Starts">Instances that it starts.</param>
internal sealed record ProbeSettings(string Name, string Folder, string State, string ConnectionString, string Cluster, string[] Starts)
{
    public const string Variable = "DURABLE_HOST_PROBE";

    public static ProbeSettings? Current { get; } = Environment.GetEnvironmentVariable(Variable) is { } json ? JsonSerializer.Deserialize<ProbeSettings>(json) : null;

    public override string ToString() => JsonSerializer.Serialize(this);
}
