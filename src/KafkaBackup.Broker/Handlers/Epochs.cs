using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Fencing by leader epoch (KIP-320).</summary>
internal static class Epochs
{
    /// <param name="client">The epoch that the client knows; -1 for any.</param>
    /// <param name="ours">The epoch that is.</param>
    public static ErrorCode Check(int client, int ours) =>
        client < 0 || client == ours ? ErrorCode.None : client < ours ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
}
