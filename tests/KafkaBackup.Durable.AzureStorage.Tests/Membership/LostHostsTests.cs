using System.Net;
using System.Net.Sockets;
using KafkaBackup.Durable.AzureStorage.Membership;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using KafkaBackup.Durable.Hosting;
using KafkaBackup.Durable.Testing;
using Orleans.Runtime;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Membership;

public sealed class LostHostsTests(SharedAzurite azurite) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private AzureStateOptions? state;
    private AzureMembershipTable? table;

    public async ValueTask InitializeAsync()
    {
        state = azurite.NewState();
        table = new(new(state), "one");
        await table.InitializeMembershipTable(true);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Of_the_hosts_of_the_table_those_are_buried_where_nobody_listens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var alive = (IPEndPoint)listener.LocalEndpoint;
        var lost = new IPEndPoint(IPAddress.Loopback, FreePort.Find());
        await AddAsync(alive);
        await AddAsync(lost);
        var joining = new IPEndPoint(IPAddress.Loopback, FreePort.Find());
        await AddAsync(joining, status: SiloStatus.Joining);

        await new LostHosts(table!, IPAddress.Loopback, Patience).BuryAsync();

        var statuses = (await table!.ReadAll()).Members.ToDictionary(member => member.Item1.SiloAddress.Endpoint, member => member.Item1.Status);
        Assert.Equal((SiloStatus.Active, SiloStatus.Dead), (statuses[alive], statuses[lost]));
        Assert.Equal(SiloStatus.Joining, statuses[joining]);
    }

    [Theory]
    [InlineData("127.0.0.1", "192.0.2.7")]
    [InlineData("192.0.2.7", "127.0.0.1")]
    public async Task Hosts_of_two_machines_of_which_one_listens_on_loopback_are_refused(string other, string own)
    {
        await AddAsync(new(IPAddress.Parse(other), 1), "elsewhere");

        var refused = await Assert.ThrowsAsync<HostAddressException>(() => new LostHosts(table!, IPAddress.Parse(own), Patience).BuryAsync());

        Assert.Contains("elsewhere", refused.Message);
        Assert.Contains(own, refused.Message);
        // Nobody here can tell whether it lives.
        Assert.Equal(SiloStatus.Active, Assert.Single((await table!.ReadAll()).Members).Item1.Status);
    }

    [Fact]
    public async Task A_host_that_can_not_join_the_others_does_not_start_and_says_why()
    {
        await AddAsync(new(IPAddress.Parse("192.0.2.7"), 1), "elsewhere");

        var refused = await Assert.ThrowsAsync<HostAddressException>(() => TestHost.StartAsync(
            tasks => tasks.AddOrchestratorFunc<int, int>("O", (_, number) => Task.FromResult(number)),
            configure: options => options.UseAzureState(state!, new() { Cluster = "one" })));

        Assert.Contains("elsewhere", refused.Message);
        Assert.Single((await table!.ReadAll()).Members); // it did not join
    }

    private async Task AddAsync(IPEndPoint endpoint, string? machine = null, SiloStatus status = SiloStatus.Active) => await table!.InsertRow(
        new()
        {
            SiloAddress = SiloAddress.New(endpoint, 1),
            Status = status,
            HostName = machine ?? Dns.GetHostName(),
            SiloName = "silo",
            RoleName = "",
            StartTime = DateTime.UtcNow,
            IAmAliveTime = DateTime.UtcNow,
        },
        (await table.ReadAll()).Version.Next());
}
