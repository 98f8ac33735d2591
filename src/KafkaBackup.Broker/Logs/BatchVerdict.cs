using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Logs;

/// <summary>Whether a produced batch is taken.</summary>
/// <param name="Error">Why not; none: it is.</param>
/// <param name="Message">The same in words.</param>
/// <param name="Record">The record that it is refused for, by its place in the batch (KIP-467); -1: it is the batch itself.</param>
internal readonly record struct BatchVerdict(ErrorCode Error, string? Message, int Record = -1);
