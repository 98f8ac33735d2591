using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Logs;

/// <summary>What became of a produced batch.</summary>
/// <param name="Error">Why it was refused, or none.</param>
/// <param name="Message">The same in words.</param>
/// <param name="BaseOffset">Where its first record lies; -1 with an error.</param>
/// <param name="AppendTime">The broker's time under LogAppendTime, else -1.</param>
/// <param name="LogStart">The log start offset.</param>
internal readonly record struct AppendResult(ErrorCode Error, string? Message, long BaseOffset, long AppendTime, long LogStart)
{
    /// <summary>The record that it was refused for, by its place in the batch; -1: it was not refused for one.</summary>
    public int Record { get; init; } = -1;

    public static AppendResult Refused(ErrorCode error, string? message, long logStart) => new(error, message, -1, -1, logStart);
}
