using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Protocol.Tests.Records;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Fuzzing;
using Xunit;

namespace KafkaBackup.Protocol.Tests.Fuzzing;

/// <summary>What real brokers and clients sent, damaged at random: it is read or refused, and nothing else, in memory that is bounded by what was set.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    /// <summary>What the records of one batch may come to here, in bytes.</summary>
    private const int Limit = 1 << 20;

    /// <summary>A record object and its parts weigh more than the few bytes that they may take on the wire.</summary>
    private const int WeightOfAByte = 40;

    private const int LargestInput = 16 << 10;

    [Fact]
    public void Requests_and_responses()
    {
        var corpus = Fixtures.WireFiles.SelectMany(Fixtures.Exchanges)
            .Where(e => e.Response is not null && Apis.All.TryGetValue((ApiKey)e.ApiKey, out var api) && api.Speaks(e.ApiVersion) && e.Request.Length + e.Response.Length < LargestInput).ToArray();
        var random = new Random(TestSize.Seed);
        var run = new FuzzRun(typeof(MalformedMessageException));
        var longest = 0;
        for (var i = 0; i < TestSize.Of(20_000, 400_000); i++)
        {
            var exchange = corpus[random.Next(corpus.Length)];
            var isRequest = i % 2 == 0;
            var frame = Mutation.Of(isRequest ? exchange.Request : exchange.Response!, random);
            longest = Math.Max(longest, frame.Length);
            run.Try(() =>
            {
                if (isRequest)
                    ReadRequest(frame);
                else
                    Frames.ReadResponse(Apis.Of((ApiKey)exchange.ApiKey), exchange.ApiVersion, frame);
            });
        }

        output.WriteLine($"frames, seed {TestSize.Seed}: {run}; longest {longest} bytes");
        Assert.InRange(run.MostAllocated, 0, ((long)longest * WeightOfAByte) + (1 << 20));
        Assert.True(run.Read > 0 && run.Refused > 0);
    }

    [Fact]
    public void Batches_and_messages()
    {
        var corpus = FixtureLog.All().SelectMany(log => log.LogFiles).SelectMany(Entries).Where(b => b.Bytes.Length < LargestInput).Select(b => b.Bytes.ToArray()).ToArray();
        var random = new Random(TestSize.Seed);
        var run = new FuzzRun(typeof(InvalidBatchException));
        var (repaired, reached, whole) = (0, 0, 0);
        using var buffer = new PooledBuffer(Limit);
        var count = TestSize.Of(20_000, 400_000);
        for (var i = 0; i < count; i++)
        {
            var bytes = Mutation.Of(corpus[random.Next(corpus.Length)], random);
            if (random.Next(100) < 60 && Repair(bytes)) // some are cut too short to be repaired
                repaired++;
            run.Try(() =>
            {
                ReadOnlyMemory<byte> rest = bytes;
                if (!RecordBatch.TryTake(ref rest, out var batch))
                    return;
                whole++;
                if (!batch.HasValidCrc)
                    throw new InvalidBatchException(batch.Header.BaseOffset, "its checksum does not match");
                reached++;
                batch.ReadRecords(buffer);
            });
        }

        output.WriteLine($"batches, seed {TestSize.Seed}: {run}; checksum repaired in {100.0 * repaired / count:0} %, whole {whole}, records reached {reached}");
        Assert.InRange(repaired, count * 4 / 10, count * 6 / 10);
        Assert.True(reached > count / 4, $"{reached} reached their records");
        Assert.InRange(run.MostAllocated, 0, (long)Limit * WeightOfAByte);
    }

    [Fact]
    public void Compressed_payloads()
    {
        var plain = FixtureLog.Of("fx-none-0").LogFiles.SelectMany(Entries).Select(b => b.Payload.ToArray()).Where(p => p.Length is > 100 and < LargestInput).ToArray();
        var random = new Random(TestSize.Seed);
        using var buffer = new PooledBuffer(Limit);
        foreach (var codec in Enum.GetValues<CompressionType>().Where(c => c != CompressionType.None))
        {
            var corpus = plain.Append(new byte[Limit * 2]).Select(p => Compress(codec, p)).ToArray();
            var run = new FuzzRun(typeof(InvalidDataException));
            for (var i = 0; i < TestSize.Of(2_500, 50_000); i++)
            {
                var bytes = Mutation.Of(corpus[random.Next(corpus.Length)], random);
                buffer.Clear();
                run.Try(() => CompressionCodecs.Decompress(codec, bytes, buffer));
                Assert.InRange(buffer.Length, 0, Limit);
            }

            output.WriteLine($"{codec}, seed {TestSize.Seed}: {run}");
            Assert.InRange(run.MostAllocated, 0, 8L * Limit);
        }
    }

    private static void ReadRequest(byte[] frame)
    {
        var (header, body) = Frames.ReadRequestHeader(frame);
        if (Apis.All.TryGetValue(header.Key, out var api) && api.Speaks(header.Version))
            Frames.ReadRequest(api, body);
    }

    // Length and checksum made right again, so that what is bent lies behind them.
    private static bool Repair(byte[] bytes)
    {
        if (bytes.Length < BatchHeader.Size)
            return false;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), bytes.Length - BatchHeader.LengthOverhead);
        if (bytes[16] < BatchHeader.SupportedMagic)
            Legacy.Seal(bytes);
        else
            BatchHeader.Seal(bytes);
        return true;
    }

    private static byte[] Compress(CompressionType codec, byte[] bytes)
    {
        using var buffer = new PooledBuffer();
        CompressionCodecs.Compress(codec, bytes, buffer);
        return buffer.Memory.ToArray();
    }

    private static IEnumerable<RecordBatch> Entries(string file)
    {
        ReadOnlyMemory<byte> rest = File.ReadAllBytes(file);
        while (RecordBatch.TryTake(ref rest, out var batch))
            yield return batch;
    }
}
