using KafkaBackup.Protocol.Messages;

namespace KafkaBackup.Kafka.Connections;

/// <summary>A request that is on its way, and the frame that will answer it.</summary>
internal sealed class Exchange(Api api, short version)
{
    public Api Api { get; } = api;

    public short Version { get; } = version;

    public int CorrelationId { get; set; }

    public TaskCompletionSource<(byte[] Frame, int Length)> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
