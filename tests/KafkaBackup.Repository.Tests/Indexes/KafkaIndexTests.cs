using System.Text.Json;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Indexes;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Indexes;

/// <summary>Indexes that a real broker wrote, and ours over its segments.</summary>
public sealed class KafkaIndexTests
{
    public static TheoryData<string> Logs => [.. FixtureLog.All().Select(log => log.Name)];

    public static TheoryData<string> MagicTwoLogs => [.. FixtureLog.MagicTwo.Select(log => log.Name)];

    [Theory]
    [MemberData(nameof(Logs))]
    public void A_brokers_indexes_are_read_as_its_own_tool_prints_them(string name)
    {
        var log = FixtureLog.Of(name);
        var printed = log.Listing("indexes");
        var read = 0;
        foreach (var file in log.LogFiles)
        {
            var baseOffset = SegmentFiles.BaseOffsetOf(file)!.Value;
            JsonElement[] Printed(string extension) =>
                [.. printed.Where(line => line.GetProperty("file").GetString() == Path.GetFileNameWithoutExtension(file) + extension)];
            byte[] Bytes(string extension) => File.Exists(Path.ChangeExtension(file, extension)) ? File.ReadAllBytes(Path.ChangeExtension(file, extension)) : [];
            long Value(JsonElement line, string member) => line.GetProperty(member).GetInt64();

            var (offsets, times, transactions) = (
                OffsetIndex.Read(Bytes(".index"), baseOffset), TimeIndex.Read(Bytes(".timeindex"), baseOffset), TransactionIndex.Read(Bytes(".txnindex")));
            read += offsets.Entries.Count + times.Entries.Count + transactions.Entries.Count;
            Assert.Equal(Printed(".index").Select(line => (Value(line, "offset"), Value(line, "position"))), offsets.Entries.Select(e => (e.Offset, (long)e.Position)));
            Assert.Equal(Printed(".timeindex").Select(line => (Value(line, "timestamp"), Value(line, "offset"))), times.Entries.Select(e => (e.Timestamp, e.Offset)));
            Assert.Equal(
                Printed(".txnindex").Select(line => (Value(line, "producerId"), Value(line, "firstOffset"), Value(line, "lastOffset"), Value(line, "lastStableOffset"))),
                transactions.Entries.Select(e => (e.ProducerId, e.First, e.Last, e.LastStableOffset)));
            Assert.Equal(Bytes(".txnindex"), transactions.ToBytes());
        }

        Assert.Equal(printed.Count, read);
    }

    [Fact]
    public async Task Over_a_brokers_segments_our_offset_indexes_are_the_brokers_byte_for_byte()
    {
        // Appended batch by batch, never compacted, without transactions, with index.interval.bytes=256. In the segment left out the broker left an entry out.
        foreach (var file in FixtureLog.Of("fx-multi-0").LogFiles.Where(file => SegmentFiles.BaseOffsetOf(file) != 683))
        {
            var store = new MemoryObjectStore();
            var segment = Assert.Single((await WriteAsync(store, await File.ReadAllBytesAsync(file), new SegmentPolicy(int.MaxValue, 256))).Segments);

            Assert.Equal(await File.ReadAllBytesAsync(Path.ChangeExtension(file, ".index")), store.Objects[Path.ChangeExtension(segment.Object, ".index")]);
            // A broker that appends knows the record that has the largest timestamp; one that recovers a segment, as we do, its batch.
            var theirs = PlainReader.TimeIndex(await File.ReadAllBytesAsync(Path.ChangeExtension(file, ".timeindex")), segment.Base);
            var ours = PlainReader.TimeIndex(store.Objects[Path.ChangeExtension(segment.Object, ".timeindex")], segment.Base);
            var batches = PlainReader.Batches(await File.ReadAllBytesAsync(file));
            Assert.Equal(theirs.Select(entry => (entry.Timestamp, batches.Single(b => b.Base <= entry.Offset && b.Last >= entry.Offset).Last)), ours);
        }
    }

    [Theory]
    [MemberData(nameof(MagicTwoLogs))]
    public async Task Every_offset_and_timestamp_is_found_through_our_indexes(string name)
    {
        var bytes = FixtureLog.Of(name).LogFiles.SelectMany(File.ReadAllBytes).ToArray();
        foreach (var policy in new SegmentPolicy[] { SegmentPolicy.Default, new(4000, 0), new(20_000, 256), new(3000, 1000) })
        {
            var store = new MemoryObjectStore();
            foreach (var segment in (await WriteAsync(store, bytes, policy)).Segments)
                AssertFindsAll(store, segment);
        }
    }

    [Theory]
    [MemberData(nameof(MagicTwoLogs))]
    public async Task A_brokers_whole_log_is_kept_to_the_byte(string name)
    {
        var bytes = FixtureLog.Of(name).LogFiles.SelectMany(File.ReadAllBytes).ToArray();
        var store = new MemoryObjectStore();

        var written = await WriteAsync(store, bytes, new SegmentPolicy(5000, 500));

        Assert.Equal(bytes, written.Segments.SelectMany(segment => store.Objects[segment.Object]));
        Assert.Equal(bytes.Length == 0 ? null : PlainHash.Of(bytes), written.Digest);
    }

    [Fact]
    public void An_index_of_a_broken_size_or_version_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => OffsetIndex.Read(new byte[9], 0));
        Assert.Throws<InvalidDataException>(() => TimeIndex.Read(new byte[8], 0));
        Assert.Throws<InvalidDataException>(() => TransactionIndex.Read(new byte[35]));
        Assert.Throws<InvalidDataException>(() => TransactionIndex.Read([0, 1, .. new byte[32]]));
    }

    [Fact]
    public void A_lookup_never_starts_behind_what_it_looks_for()
    {
        var offsets = new OffsetIndex([new(10, 100), new(20, 200), new(30, 300)]);
        var times = new TimeIndex([new(5, 10), new(8, 20)]);

        Assert.Equal([0, 100, 100, 200, 300], new long[] { 9, 10, 19, 20, 99 }.Select(offsets.PositionOf));
        Assert.Equal([null, 10L, 10L, 20L], new long[] { 5, 6, 8, 9 }.Select(times.OffsetBefore));
    }

    private static void AssertFindsAll(MemoryObjectStore store, SegmentReference segment)
    {
        var batches = PlainReader.Batches(store.Objects[segment.Object]);
        var index = PlainReader.Index(store.Objects[Path.ChangeExtension(segment.Object, ".index")], segment.Base);
        var times = PlainReader.TimeIndex(store.Objects[Path.ChangeExtension(segment.Object, ".timeindex")], segment.Base);
        var ours = OffsetIndex.Read(store.Objects[Path.ChangeExtension(segment.Object, ".index")], segment.Base);
        Assert.All(index, entry => Assert.Contains(batches, batch => batch.Position == entry.Position && batch.Last == entry.Offset));
        foreach (var batch in batches)
        {
            foreach (var offset in new[] { batch.Base, batch.Last })
            {
                var start = index.LastOrDefault(entry => entry.Offset <= offset).Position;
                Assert.Equal(start, ours.PositionOf(offset));
                Assert.Equal(batch.Base, batches.First(b => b.Position >= start && b.Last >= offset).Base);
            }
        }

        Assert.All(times, entry => Assert.Equal(entry.Timestamp, batches.Where(b => !b.IsControl && b.Last <= entry.Offset).Max(b => b.MaxTimestamp)));
        Assert.All(times, entry => Assert.Equal(entry.Offset, batches.First(b => !b.IsControl && b.MaxTimestamp == entry.Timestamp).Last));
        var largest = batches.Where(b => !b.IsControl).Select(b => b.MaxTimestamp).Append(-1).Max();
        Assert.Equal(largest, times.Select(entry => entry.Timestamp).Append(-1).Max());
        Assert.Equal(largest, segment.MaxTimestamp);
    }

    private static async Task<PartitionBackup> WriteAsync(MemoryObjectStore store, byte[] bytes, SegmentPolicy policy)
    {
        await using var writer = new PartitionWriter(store, Some.Path, 0, policy);
        await writer.AppendAsync(bytes, Array.Empty<AbortedRange>());
        return await writer.CompleteAsync(writer.NextOffset);
    }
}
