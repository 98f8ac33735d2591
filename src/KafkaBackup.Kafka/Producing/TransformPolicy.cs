namespace KafkaBackup.Kafka.Producing;

/// <summary>
/// How stored batches become batches that a broker accepts. It is part of what makes the cutting deterministic: a restore that goes on
/// after a crash has to use the policy that it began with.
/// </summary>
/// <param name="MaxBatchBytes">The largest batch that the target accepts, in bytes; at least 1024.</param>
/// <param name="CoalesceBelow">Batches smaller than this, in bytes, are put together.</param>
/// <param name="CoalesceTo">Up to so many bytes of records, uncompressed.</param>
public sealed record TransformPolicy(int MaxBatchBytes, int CoalesceBelow = 32 << 10, int CoalesceTo = 512 << 10)
{
    /// <summary>
    /// Records put in one batch, uncompressed: what a codec may add to data that it can't compress still has to fit under the limit.
    /// </summary>
    public int RecordBytes => Math.Min(CoalesceTo, MaxBatchBytes - (MaxBatchBytes / 8) - 256);
}
