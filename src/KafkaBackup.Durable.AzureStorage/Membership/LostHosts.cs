using System.Net;
using System.Net.Sockets;

namespace KafkaBackup.Durable.AzureStorage.Membership;

/// <summary>
/// Before a host joins the others, it takes those of its own machine for dead on whose ports nobody listens: they were killed. Otherwise it would wait until their
/// heartbeats are old, which takes long when all hosts were killed, or the only one. Of other machines it can't be told: a firewall may refuse as well.
/// </summary>
/// <param name="table">The table of hosts.</param>
/// <param name="address">The address of this host.</param>
/// <param name="patience">How long to wait for an answer. No answer tells nothing.</param>
internal sealed class LostHosts(AzureMembershipTable table, IPAddress address, TimeSpan patience)
{
    /// <exception cref="HostAddressException">Hosts of several machines, of which one has told no address that others reach.</exception>
    public async Task BuryAsync()
    {
        var hosts = (await table.ReadAll().ConfigureAwait(false)).Members.Select(member => member.Item1).Where(host => host.Status == SiloStatus.Active).ToList();
        var lost = await Task.WhenAll(hosts.Select(IsLostAsync)).ConfigureAwait(false);
        var others = hosts.Where((_, i) => !lost[i]).ToList();
        foreach (var host in hosts.Where((_, i) => lost[i]))
            await BuryAsync(host.SiloAddress).ConfigureAwait(false);
        if (others.Find(other => !IsHere(other) && (IPAddress.IsLoopback(other.SiloAddress.Endpoint.Address) || IPAddress.IsLoopback(address))) is { } unreachable)
            throw new HostAddressException(unreachable.HostName, unreachable.SiloAddress.Endpoint, address);
    }

    private static bool IsHere(MembershipEntry host) => host.HostName == Dns.GetHostName();

    private async Task<bool> IsLostAsync(MembershipEntry host)
    {
        var endpoint = host.SiloAddress.Endpoint;
        if (!IsHere(host))
            return false;
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await socket.ConnectAsync(endpoint, limit.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
        catch (Exception silent) when (silent is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task BuryAsync(SiloAddress lost)
    {
        // Somebody else may change the table meanwhile, or do the same.
        while (await ReadAsync(lost).ConfigureAwait(false) is var (host, etag, version) && host.Status == SiloStatus.Active)
        {
            host.Status = SiloStatus.Dead;
            await table.UpdateRow(host, etag, version.Next()).ConfigureAwait(false);
        }
    }

    private async Task<(MembershipEntry Host, string ETag, TableVersion Version)?> ReadAsync(SiloAddress host)
    {
        var data = await table.ReadRow(host).ConfigureAwait(false);
        return data.Members is [var (entry, etag)] ? (entry, etag, data.Version) : null;
    }
}
