using Azure.Data.Tables;
using KafkaBackup.Durable.AzureStorage.Histories;

namespace KafkaBackup.Durable.AzureStorage.Membership;

/// <summary>Hosts to entities and back. Times are UTC in units of 100 ns since year 1.</summary>
internal static class HostRows
{
    /// <summary>The row of the table's version; those of hosts begin with another letter.</summary>
    public const string VersionKey = "version";

    public const string Version = "Version";
    private const string Prefix = "host-";
    private const char VoteSeparator = ' ';
    private const char TimeSeparator = '/';

    public static string KeyOf(SiloAddress address) => Prefix + InstanceKey.Of(address.ToParsableString());

    public static TableEntity Write(string cluster, MembershipEntry host) => new(cluster, KeyOf(host.SiloAddress))
    {
        ["Address"] = host.SiloAddress.ToParsableString(),
        [nameof(host.Status)] = host.Status.ToString(),
        [nameof(host.SuspectTimes)] = string.Join(VoteSeparator, (host.SuspectTimes ?? []).Select(vote => $"{vote.Item1.ToParsableString()}{TimeSeparator}{vote.Item2.Ticks}")),
        [nameof(host.ProxyPort)] = host.ProxyPort,
        [nameof(host.HostName)] = host.HostName,
        [nameof(host.SiloName)] = host.SiloName,
        [nameof(host.RoleName)] = host.RoleName,
        [nameof(host.UpdateZone)] = host.UpdateZone,
        [nameof(host.FaultZone)] = host.FaultZone,
        [nameof(host.StartTime)] = host.StartTime.Ticks,
        [nameof(host.IAmAliveTime)] = host.IAmAliveTime.Ticks,
    };

    /// <summary>The heartbeat alone.</summary>
    public static TableEntity WriteAlive(string cluster, MembershipEntry host) =>
        new(cluster, KeyOf(host.SiloAddress)) { [nameof(host.IAmAliveTime)] = host.IAmAliveTime.Ticks };

    public static MembershipEntry Read(TableEntity entity) => new()
    {
        SiloAddress = SiloAddress.FromParsableString(entity.GetString("Address")),
        Status = Enum.Parse<SiloStatus>(entity.GetString(nameof(MembershipEntry.Status))),
        SuspectTimes = [.. entity.GetString(nameof(MembershipEntry.SuspectTimes)).Split(VoteSeparator, StringSplitOptions.RemoveEmptyEntries).Select(ReadVote)],
        ProxyPort = entity.GetInt32(nameof(MembershipEntry.ProxyPort))!.Value,
        HostName = entity.GetString(nameof(MembershipEntry.HostName)),
        SiloName = entity.GetString(nameof(MembershipEntry.SiloName)),
        RoleName = entity.GetString(nameof(MembershipEntry.RoleName)),
        UpdateZone = entity.GetInt32(nameof(MembershipEntry.UpdateZone))!.Value,
        FaultZone = entity.GetInt32(nameof(MembershipEntry.FaultZone))!.Value,
        StartTime = Time(entity.GetInt64(nameof(MembershipEntry.StartTime))!.Value),
        IAmAliveTime = Time(entity.GetInt64(nameof(MembershipEntry.IAmAliveTime))!.Value),
    };

    private static Tuple<SiloAddress, DateTime> ReadVote(string vote)
    {
        var separator = vote.LastIndexOf(TimeSeparator);
        return Tuple.Create(SiloAddress.FromParsableString(vote[..separator]), Time(long.Parse(vote.AsSpan(separator + 1))));
    }

    private static DateTime Time(long ticks) => new(ticks, DateTimeKind.Utc);
}
