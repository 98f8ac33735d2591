using System.Net;

namespace KafkaBackup.Durable.AzureStorage;

/// <summary>How a host works together with the others of its state.</summary>
public sealed record HostingOptions
{
    /// <summary>
    /// The address of this host, on which it listens for the others and which it tells them. Default: loopback, for hosts on one machine. What they say to each other is
    /// neither encrypted nor authenticated: a network of their own is the place for it.
    /// </summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port of this host. Default, 0: any that is free.</summary>
    public int Port { get; init; }

    /// <summary>How long a host has to answer whether it lives, and how often it is asked; above zero. Default: 2 s.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many answers in a row a host owes before it is taken for dead; at least 1. Default: 3.</summary>
    public int MissedProbes { get; init; } = 3;

    /// <summary>Hosts with the same name see each other.</summary>
    internal string Cluster { get; init; } = "kafka-backup";
}
