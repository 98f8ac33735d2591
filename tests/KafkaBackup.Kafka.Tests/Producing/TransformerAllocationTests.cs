using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>Batches of one record are put together without an object for any of them.</summary>
public sealed class TransformerAllocationTests
{
    private const int Records = 2_000;

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public void A_batch_that_is_put_together_with_others_takes_no_memory_of_its_own(CompressionType codec)
    {
        using var transformer = new BatchTransformer(new TransformPolicy(1 << 20));
        var output = new List<OutgoingBatch>();
        List<AbortedRange> aborted = [new(99, 0, Records)]; // another producer's
        var stored = Enumerable.Range(0, 2 * Records).Select(offset => new SourceBatch(Some.Take(Some.Batch(offset, 1, codec)), 0, long.MaxValue, aborted)).ToList();
        // The first half fills what is used again and again.
        foreach (var batch in stored.Take(Records))
            transformer.Push(batch, output);
        transformer.Flush(output);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = Records; i < stored.Count; i++)
            transformer.Push(stored[i], output);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Records);
        Assert.Equal(Records, Assert.Single(output).RecordCount);
        output[0].Dispose();
    }
}
