using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Faults;

/// <summary>The faults that hold for one node: those of the whole cluster, and its own.</summary>
internal sealed class NodeFaults(BrokerFaults cluster, BrokerFaults own)
{
    public LateDelivery? Late => cluster.Late ?? own.Late;

    public void NoteRead(ApiKey key) => cluster.NoteRead(key);

    public TimeSpan TakeDelay(ApiKey key)
    {
        var (shared, alone) = (cluster.TakeDelay(key), own.TakeDelay(key));
        return shared > alone ? shared : alone;
    }

    public ErrorCode TakeError(ApiKey key) => cluster.TakeError(key) is var error and not ErrorCode.None ? error : own.TakeError(key);

    public TimeSpan TakeThrottle(ApiKey key)
    {
        var (shared, alone) = (cluster.TakeThrottle(key), own.TakeThrottle(key));
        return shared > alone ? shared : alone;
    }

    public bool TakeCut(ApiKey key, bool afterHandling) => cluster.TakeCut(key, afterHandling) || own.TakeCut(key, afterHandling);

    public bool TakeCorruption(ApiKey key) => cluster.TakeCorruption(key) || own.TakeCorruption(key);
}
