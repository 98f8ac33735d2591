using System.Text.Json;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Segments;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Packs;

/// <summary>Runs of a share of partitions, written all at once into packs, that should come to what each partition alone would.</summary>
internal static class PackRuns
{
    public const int Slice = 2;

    public static PartitionPath PathOf(int partition) => new(Some.Path.Topic, Some.Path.Lineage, Some.Path.Generation, partition);

    /// <summary>Writes each partition from where it stands, all at the same time, as a lane does.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="policy">How.</param>
    /// <param name="partitions">Each partition's batches, in the pieces in which they come.</param>
    /// <param name="aborted">The aborted ranges of all partitions.</param>
    public static async Task<PartitionBackup[]> WriteAsync(IObjectStore store, SegmentPolicy policy, byte[][][][] partitions, AbortedRange[]? aborted = null)
    {
        await using var packs = new SegmentPacks(store, "run-1", Slice, policy);
        await packs.ResumeAsync();
        var writers = partitions.Select((_, partition) => new PartitionWriter(store, PathOf(partition), Runs.From, policy, packs)).ToList();
        try
        {
            await Task.WhenAll(writers.Select((writer, partition) => Task.Run(() => AppendAsync(writer, partitions[partition], aborted ?? []))));
            foreach (var writer in writers)
                await writer.CloseAsync();
            var backups = new List<PartitionBackup>();
            foreach (var (writer, pieces) in writers.Zip(partitions))
                backups.Add(await writer.CompleteAsync(CutOf(pieces)));
            return [.. backups];
        }
        finally
        {
            foreach (var writer in writers)
                await writer.DisposeAsync();
        }
    }

    /// <summary>Nothing but the place of a segment may depend on whether it is packed, nor on how the run went.</summary>
    public static async Task AssertSameAsync(MemoryObjectStore expectedStore, PartitionBackup[] expected, MemoryObjectStore actualStore, PartitionBackup[] actual)
    {
        Assert.Equal(expected.Select(Unplaced), actual.Select(Unplaced));
        foreach (var (ours, theirs) in expected.SelectMany(b => b.Segments).Zip(actual.SelectMany(b => b.Segments)))
        {
            Assert.Equal(await BytesAsync(expectedStore, ours), await BytesAsync(actualStore, theirs));
            AssertSame(await expectedStore.ReadIndexesAsync(ours), await actualStore.ReadIndexesAsync(theirs));
        }
    }

    /// <summary>Every object leads somewhere: what the attempts before made durable has been taken over.</summary>
    public static async Task AssertNothingIsLeftAsync(MemoryObjectStore store, PartitionBackup[] backups)
    {
        var segments = backups.SelectMany(backup => backup.Segments).ToList();
        foreach (var name in store.Objects.Keys)
        {
            var there = name.StartsWith("packs/", StringComparison.Ordinal)
                ? (await PackDirectory.ReadAsync(store, name, default)).Segments.Select(s => (s.Segment.Object, s.Segment.Offset)).ToList()
                : [(System.IO.Path.ChangeExtension(name, ".log"), 0)];
            Assert.All(there, place => Assert.Contains(segments, segment => (segment.Object, segment.Offset) == place));
        }
    }

    public static async Task<byte[]> BytesAsync(IObjectStore store, SegmentReference segment)
    {
        await using var stream = await store.OpenLogAsync(segment);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static async Task AppendAsync(PartitionWriter writer, byte[][][] pieces, AbortedRange[] aborted)
    {
        var next = await writer.ResumeAsync();
        foreach (var piece in pieces)
        {
            await Task.Yield();
            var unread = piece.Where(batch => Some.Header(batch).LastOffset >= next).ToArray();
            if (unread.Length == 0)
                continue;
            var (first, end) = (Some.Header(unread[0]).BaseOffset, Some.Header(unread[^1]).LastOffset);
            var known = aborted.Where(range => range.First <= end && range.Last >= first).Select(range => range with { Last = Math.Min(range.Last, end) });
            await writer.AppendAsync(Some.Join(unread), [.. known]);
        }
    }

    private static void AssertSame(SegmentIndexFiles expected, SegmentIndexFiles actual)
    {
        Assert.Equal(expected.OffsetIndex.ToArray(), actual.OffsetIndex.ToArray());
        Assert.Equal(expected.TimeIndex.ToArray(), actual.TimeIndex.ToArray());
        Assert.Equal(expected.TransactionIndex?.ToArray(), actual.TransactionIndex?.ToArray());
    }

    private static long CutOf(byte[][][] pieces) => pieces.SelectMany(piece => piece).Select(batch => Some.Header(batch).NextOffset).Append(Runs.From).Max() + 5;

    private static string Unplaced(PartitionBackup backup) =>
        JsonSerializer.Serialize(backup with { Segments = [.. backup.Segments.Select(segment => segment with { Object = "", Offset = 0 })] });
}
