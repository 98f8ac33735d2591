using System.Buffers.Binary;
using KafkaBackup.Kafka.Fetching;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Fuzzing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Lanes;

/// <summary>Logs of a real broker, damaged at random, through what a backup and a restore do with them.</summary>
public sealed class FuzzedLogTests(ITestOutputHelper output)
{
    [Fact]
    public void A_damaged_answer_is_scanned_and_what_comes_of_it_transformed_or_refused()
    {
        var corpus = FixtureLog.All().SelectMany(log => log.LogFiles).Select(File.ReadAllBytes).Where(bytes => bytes.Length > 0).ToArray();
        var random = new Random(TestSize.Seed);
        var run = new FuzzRun(typeof(InvalidBatchException), typeof(RecordTooLargeException));
        var (repaired, sent) = (0, 0L);
        var count = TestSize.Of(4_000, 100_000);
        for (var i = 0; i < count; i++)
        {
            var log = corpus[random.Next(corpus.Length)];
            var answer = Mutation.Of(Some.Batches(log).Skip(random.Next(4)).Take(3).SelectMany(b => b.Bytes.ToArray()).Take(8_000).ToArray(), random);
            if (i % 2 == 0)
                repaired += Repair(answer) ? 1 : 0;
            run.Try(() => sent += Carry(answer, random));
        }

        output.WriteLine($"seed {TestSize.Seed}: {run}; first checksum repaired in {100.0 * repaired / count:0} %, {sent} records sent on");
        Assert.InRange(run.MostAllocated, 0, 256L << 20);
        Assert.True(sent > 0);
    }

    private static long Carry(byte[] answer, Random random)
    {
        List<AbortedTransaction> aborted = [new() { ProducerId = random.Next(3), FirstOffset = random.Next(50) }];
        var scan = ResponseScan.Of(answer, aborted, random.Next(3), random.Next(2) == 0 ? long.MaxValue : random.Next(300));
        var output = new List<OutgoingBatch>();
        using var transformer = new BatchTransformer(new TransformPolicy(1 << 20));
        try
        {
            var rest = scan.Accepted;
            while (RecordBatch.TryTake(ref rest, out var batch))
                transformer.Push(new SourceBatch(batch, 0, long.MaxValue, scan.Aborted), output);
            transformer.Flush(output);
            Assert.All(output, b => Assert.True(b.RecordCount > 0 && b.RecordCount == b.Runs.Sum(r => r.Count)));
            return output.Sum(b => (long)b.RecordCount);
        }
        finally
        {
            output.ForEach(b => b.Dispose());
        }
    }

    private static bool Repair(byte[] bytes)
    {
        if (bytes.Length < BatchHeader.Size || bytes[16] != BatchHeader.SupportedMagic)
            return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(8)) + BatchHeader.LengthOverhead;
        if (length < BatchHeader.Size || length > bytes.Length)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), (length = bytes.Length) - BatchHeader.LengthOverhead);
        BatchHeader.Seal(bytes.AsSpan(0, length));
        return true;
    }
}
