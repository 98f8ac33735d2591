namespace KafkaBackup.Protocol.Records;

/// <summary>Bytes that are not the record batch they should be: damaged, or of a format that is not supported.</summary>
/// <param name="baseOffset">The base offset that the bytes claim.</param>
/// <param name="reason">What is wrong with them.</param>
public sealed class InvalidBatchException(long baseOffset, string reason) : Exception($"record batch at offset {baseOffset}: {reason}")
{
    /// <summary>The base offset that the bytes claim.</summary>
    public long BaseOffset { get; } = baseOffset;
}
