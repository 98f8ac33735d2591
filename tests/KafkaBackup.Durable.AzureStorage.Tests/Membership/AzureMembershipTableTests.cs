using KafkaBackup.Durable.AzureStorage.Membership;
using KafkaBackup.Durable.AzureStorage.Tests.Support;
using Orleans.Runtime;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Membership;

public sealed class AzureMembershipTableTests(SharedAzurite azurite) : IAsyncLifetime
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private AzureState? state;
    private AzureMembershipTable? table;

    private AzureMembershipTable Table => table!;

    public async ValueTask InitializeAsync()
    {
        state = new(azurite.NewState());
        table = new(state, "one");
        await Table.InitializeMembershipTable(true);
        await Table.InitializeMembershipTable(true); // every host does
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_host_comes_back_with_everything_that_was_said_of_it()
    {
        var host = Host(1, SiloStatus.Active);
        host.SuspectTimes = [Tuple.Create(Address(2), Noon.AddTicks(3)), Tuple.Create(Address(3), Noon)];

        Assert.True(await Table.InsertRow(host, await NextVersion()));

        var data = await Table.ReadRow(host.SiloAddress);
        var read = Assert.Single(data.Members).Item1;
        Assert.Equal((host.SiloAddress, host.Status, host.HostName, host.SiloName, host.ProxyPort), (read.SiloAddress, read.Status, read.HostName, read.SiloName, read.ProxyPort));
        Assert.Equal((host.StartTime, host.IAmAliveTime, host.RoleName, host.UpdateZone, host.FaultZone), (read.StartTime, read.IAmAliveTime, read.RoleName, read.UpdateZone, read.FaultZone));
        Assert.Equal(host.SuspectTimes, read.SuspectTimes);
        Assert.Equal(1, data.Version.Version);
        Assert.Empty((await Table.ReadRow(Address(9))).Members);
    }

    [Fact]
    public async Task Of_two_that_change_the_table_from_one_version_the_second_is_refused_and_changes_nothing()
    {
        var version = await NextVersion();
        Assert.True(await Table.InsertRow(Host(1), version));

        Assert.False(await Table.InsertRow(Host(2), version));
        Assert.False(await Table.InsertRow(Host(1), await NextVersion()));
        var changed = Host(1, SiloStatus.Dead);
        Assert.False(await Table.UpdateRow(changed, "", version));
        Assert.False(await Table.UpdateRow(Host(5), "", await NextVersion()));

        var all = await Table.ReadAll();
        Assert.Equal((1, SiloStatus.Active), (all.Version.Version, Assert.Single(all.Members).Item1.Status));
        Assert.True(await Table.UpdateRow(changed, "", await NextVersion()));
        Assert.Equal(SiloStatus.Dead, Assert.Single((await Table.ReadAll()).Members).Item1.Status);
    }

    [Fact]
    public async Task A_heartbeat_changes_the_time_alone_and_stands_in_nobodys_way()
    {
        await Table.InsertRow(Host(1), await NextVersion());
        var before = await Table.ReadAll();
        var alive = Host(1, SiloStatus.Dead);
        alive.IAmAliveTime = Noon.AddMinutes(1);

        await Table.UpdateIAmAlive(alive);

        var after = await Table.ReadAll();
        var read = Assert.Single(after.Members).Item1;
        Assert.Equal((SiloStatus.Active, Noon.AddMinutes(1), "machine"), (read.Status, read.IAmAliveTime, read.HostName));
        Assert.Equal(before.Version.VersionEtag, after.Version.VersionEtag);
        Assert.True(await Table.UpdateRow(Host(1, SiloStatus.ShuttingDown), before.Members[0].Item2, before.Version.Next()));
    }

    [Fact]
    public async Task Only_hosts_that_have_been_dead_for_long_are_cleaned_away()
    {
        await Table.InsertRow(Host(1, SiloStatus.Dead), await NextVersion());
        await Table.InsertRow(Host(2), await NextVersion());
        var suspected = Host(3, SiloStatus.Dead);
        suspected.SuspectTimes = [Tuple.Create(Address(2), Noon.AddHours(2))];
        await Table.InsertRow(suspected, await NextVersion());

        await Table.CleanupDefunctSiloEntries(Noon.AddHours(1));

        Assert.Equal([Address(2), Address(3)], (await Table.ReadAll()).Members.Select(member => member.Item1.SiloAddress).OrderBy(address => address.Endpoint.Port));
    }

    [Fact]
    public async Task Clusters_of_other_names_do_not_see_each_other()
    {
        var other = new AzureMembershipTable(state!, "other");
        await other.InitializeMembershipTable(true);
        await Table.InsertRow(Host(1), await NextVersion());

        Assert.Empty((await other.ReadAll()).Members);
        await other.DeleteMembershipTableEntries("one");
        await Table.InitializeMembershipTable(true);
        Assert.Empty((await Table.ReadAll()).Members);
    }

    private static SiloAddress Address(int number) => SiloAddress.New(System.Net.IPAddress.IPv6Loopback, 11_000 + number, number);

    private static MembershipEntry Host(int number, SiloStatus status = SiloStatus.Active) => new()
    {
        SiloAddress = Address(number),
        Status = status,
        HostName = "machine",
        SiloName = $"silo {number}",
        ProxyPort = 7,
        RoleName = "role",
        UpdateZone = 1,
        FaultZone = 2,
        StartTime = Noon.AddTicks(1),
        IAmAliveTime = Noon.AddTicks(2),
    };

    private async Task<TableVersion> NextVersion() => (await Table.ReadAll()).Version.Next();
}
