using System.Text.Json;
using KafkaBackup.Kafka.Producing;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using Xunit;

namespace KafkaBackup.Kafka.Tests.Producing;

/// <summary>Logs that a real broker wrote, on their way to another cluster: what a consumer saw is what it will see.</summary>
public sealed class FixtureTransformTests
{
    public static TheoryData<string> Logs => [.. FixtureLog.All().Select(log => log.Name)];

    [Theory]
    [MemberData(nameof(Logs))]
    public void The_records_sent_are_those_that_a_consumer_saw(string name)
    {
        var source = FixtureSource.Of(name);
        foreach (var policy in new[] { new TransformPolicy(1 << 20), new TransformPolicy(1 << 20, CoalesceBelow: 0), new TransformPolicy(1 << 20, CoalesceBelow: 1 << 20, CoalesceTo: 50_000) })
        {
            var sent = Transformed.Of(policy, source.Batches, source.From, source.To, source.Aborted);

            Assert.Equal(source.Listed.Select(FixtureSource.Describe), sent.Records.Select(Some.Describe));
            Assert.All(sent.Headers, h => Assert.True(h is { IsDense: true, IsControl: false, HasDeleteHorizon: false, TimestampType: TimestampType.CreateTime }));
            Assert.Equal(source.Listed.Count(l => l.GetProperty("timestampType").GetString() == "LogAppendTime"), sent.BrokerTimestamps);

            var offsets = source.Listed.Select(l => l.GetProperty("offset").GetInt64()).ToList();
            Assert.Equal(Enumerable.Range(0, offsets.Count).Select(n => 1_000L + n), offsets.Select(sent.Map.Translate));
            Assert.Equal(1_000 + offsets.Count, sent.Map.TargetEnd);
            Assert.Equal(Math.Min(1, offsets.Count) + offsets.Zip(offsets.Skip(1)).Count(p => p.Second != p.First + 1), sent.Map.Runs.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void What_is_stamped_is_a_batch_that_a_broker_accepts(string name)
    {
        var source = FixtureSource.Of(name);
        var identity = new ProducerIdentity(12, 0, 0);
        var record = 0L;
        foreach (var bytes in Transformed.Of(new TransformPolicy(1 << 20), source.Batches, source.From, source.To, source.Aborted).Batches)
        {
            identity.Stamp(bytes, record);
            var batch = Some.Take(bytes);
            Assert.True(batch.HasValidCrc);
            Assert.Equal((0L, -1, 12L, (short)0, (int)record), (batch.Header.BaseOffset, batch.Header.PartitionLeaderEpoch, batch.Header.ProducerId, batch.Header.ProducerEpoch, batch.Header.BaseSequence));
            Assert.Equal(0, (int)batch.Header.Attributes & ~7);
            record += batch.Header.RecordCount;
        }
    }
}

/// <summary>A fixture as a backup would hold it: batches, range, aborted ranges, and what its listing says of the records in it.</summary>
internal sealed record FixtureSource(
    IReadOnlyList<byte[]> Batches, long From, long To, IReadOnlyList<AbortedRange> Aborted, IReadOnlyList<JsonElement> Listed)
{
    public static FixtureSource Of(string name)
    {
        var log = FixtureLog.Of(name);
        var batches = log.LogFiles.SelectMany(file => Some.Batches(File.ReadAllBytes(file)).Select(b => b.Bytes.ToArray())).ToList();
        var (from, to) = (log.Offsets.GetProperty("logStartOffset").GetInt64(), log.Offsets.GetProperty("lastStableOffset").GetInt64());
        var listed = Fixtures.HasCommitted(name) ? log.Listing("committed") : log.Listing("records");
        return new FixtureSource(batches, from, to, Resolve(log, batches, from, to), listed);
    }

    public static string Describe(JsonElement line)
    {
        static string Text(JsonElement e) => e.ValueKind == JsonValueKind.Null ? "null" : "'" + e.GetString() + "'";
        // Messages of magic 0 have no time; the client that made the listings shows 0 for that.
        var time = line.GetProperty("timestampType").GetString() == "NotAvailable" ? "-1" : $"{line.GetProperty("timestamp")}";
        return $"@{time} {Text(line.GetProperty("key"))}={Text(line.GetProperty("value"))} "
            + $"[{string.Join(", ", line.GetProperty("headers").EnumerateArray().Select(h => $"{h[0].GetString()}={Text(h[1])}"))}]";
    }

    // As the lane resolves them: from the broker's list of aborted transactions, an answer at a time.
    private static List<AbortedRange> Resolve(FixtureLog log, List<byte[]> batches, long from, long to)
    {
        List<AbortedTransaction> aborted =
        [
            .. Directory.GetFiles(log.Path, "*.txnindex").SelectMany(file => File.ReadAllBytes(file).Chunk(34)).Select(entry => new AbortedTransaction
            {
                ProducerId = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(entry.AsSpan(2)),
                FirstOffset = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(entry.AsSpan(10)),
            }),
        ];
        return [.. Kafka.Fetching.ResponseScan.Of(batches.SelectMany(b => b).ToArray(), aborted, from, to).Aborted];
    }
}
