using System.Net;

namespace KafkaBackup.Durable.AzureStorage;

/// <summary>Hosts of several machines work on one state, and one of them listens on loopback, where no other reaches it.</summary>
public sealed class HostAddressException : Exception
{
    internal HostAddressException(string? machine, IPEndPoint other, IPAddress own)
        : base($"Another host of this state runs on the machine '{machine}' and listens on {other}, and this one listens on {own}: give each the address on which the others reach it")
    {
    }
}
