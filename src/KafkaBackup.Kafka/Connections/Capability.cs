using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Kafka.Connections;

/// <summary>What a broker may or may not be able to do, by the versions that it offers.</summary>
public enum Capability
{
    /// <summary>Reads record batches as they lie in its log.</summary>
    FetchBatches,

    /// <summary>Takes record batches from an idempotent producer.</summary>
    ProduceBatches,

    /// <summary>Tells log start offsets with fetched data.</summary>
    LogStartOffsets,

    /// <summary>Refuses what is asked under an old leader epoch.</summary>
    LeaderEpochs,

    /// <summary>Hands out batches that are compressed with zstd.</summary>
    FetchZstd,

    /// <summary>Takes batches that are compressed with zstd.</summary>
    ProduceZstd,

    /// <summary>Remembers a producer's last five batches, so that as many may be on their way.</summary>
    FiveInFlight,

    /// <summary>Lists all that a group has committed.</summary>
    AllGroupOffsets,

    /// <summary>Tells committed offsets only when no open transaction can change them.</summary>
    StableGroupOffsets,

    /// <summary>Authenticates by SASL within the protocol's own frames.</summary>
    SaslFrames,

    /// <summary>Says when a SASL session ends, and lets it be renewed on its connection.</summary>
    Reauthentication,

    /// <summary>Tells the quotas of users and clients.</summary>
    ClientQuotas,
}

/// <summary>What a capability needs of a broker, and what happens without it.</summary>
/// <param name="Capability">The capability.</param>
/// <param name="Api">The API that it shows in.</param>
/// <param name="Since">The least version of it.</param>
/// <param name="Release">The Kafka release that brought it.</param>
/// <param name="Without">What is done without it; null where what needs it is refused.</param>
public sealed record CapabilityRule(Capability Capability, ApiKey Api, short Since, string Release, string? Without);

/// <summary>The one table of what is done with which broker. The README shows it.</summary>
public static class Capabilities
{
    /// <summary>The rules, in order of release.</summary>
    public static IReadOnlyList<CapabilityRule> Table { get; } =
    [
        new(Capability.FetchBatches, ApiKey.Fetch, 4, "0.11", null),
        new(Capability.ProduceBatches, ApiKey.InitProducerId, 0, "0.11", null),
        new(Capability.AllGroupOffsets, ApiKey.OffsetFetch, 2, "0.10.2", null),
        new(Capability.LogStartOffsets, ApiKey.Fetch, 5, "0.11", "log starts are asked for where they are needed"),
        new(Capability.FiveInFlight, ApiKey.Produce, 4, "1.0", "one batch at a time is on its way to a partition"),
        new(Capability.SaslFrames, ApiKey.SaslAuthenticate, 0, "1.0", null),
        new(Capability.FetchZstd, ApiKey.Fetch, 10, "2.1", null),
        new(Capability.ProduceZstd, ApiKey.Produce, 7, "2.1", null),
        new(Capability.LeaderEpochs, ApiKey.Fetch, 9, "2.1", "a leader that was replaced is found out by its refusal alone"),
        new(Capability.Reauthentication, ApiKey.SaslAuthenticate, 1, "2.2", "the broker closes the connection at the session's end, and it is opened again"),
        new(Capability.StableGroupOffsets, ApiKey.OffsetFetch, 7, "2.5", "an offset that an open transaction is about to replace is read as it stands"),
        new(Capability.ClientQuotas, ApiKey.DescribeClientQuotas, 0, "2.6", "a run that is held back tells for how long, and not by which quota"),
    ];

    internal static CapabilityRule Of(Capability capability) => Table.First(rule => rule.Capability == capability);
}

/// <summary>What one broker can do.</summary>
/// <param name="broker">Which.</param>
/// <param name="versions">The highest version of each API that both sides speak.</param>
public sealed class BrokerCapabilities(BrokerAddress broker, IReadOnlyDictionary<ApiKey, short> versions)
{
    /// <summary>How many batches of one partition may be on their way.</summary>
    public int MaxInFlight => Has(Capability.FiveInFlight) ? 5 : 1;

    /// <summary>Whether the broker can.</summary>
    public bool Has(Capability capability) =>
        Capabilities.Of(capability) is var rule && versions.TryGetValue(rule.Api, out var version) && version >= rule.Since;

    /// <summary>Refuses to go on with a broker that can't.</summary>
    /// <param name="capability">What is needed.</param>
    /// <param name="why">What it is needed for, as the start of a sentence.</param>
    /// <exception cref="UnsupportedBrokerException">It can't.</exception>
    public void Require(Capability capability, string why)
    {
        if (Has(capability))
            return;
        var rule = Capabilities.Of(capability);
        var offered = versions.TryGetValue(rule.Api, out var version) ? $"it speaks {rule.Api} up to version {version}" : $"it does not speak {rule.Api}";
        throw new UnsupportedBrokerException(broker, $"{why} needs Kafka {rule.Release} or later ({rule.Api} version {rule.Since}); {offered}");
    }

    /// <summary>The highest version of an API that both sides speak.</summary>
    /// <exception cref="UnsupportedBrokerException">There is none.</exception>
    public short VersionOf(ApiKey api) =>
        versions.TryGetValue(api, out var version)
            ? version
            : throw new UnsupportedBrokerException(broker, $"it speaks no version of {api} that is spoken here ({Apis.Of(api).MinVersion}-{Apis.Of(api).MaxVersion})");
}
