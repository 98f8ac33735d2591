using System.Net;
using System.Net.Sockets;

namespace KafkaBackup.Durable.Hosting;

/// <summary>Finds ports.</summary>
public static class FreePort
{
    /// <summary>A loopback port that nobody listens on at this moment.</summary>
    public static int Find() => Find(IPAddress.Loopback);

    /// <summary>A port of an address of this machine that nobody listens on at this moment.</summary>
    public static int Find(IPAddress address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
