using KafkaBackup.Protocol.Records;
using System.Text.Json;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Segments;

/// <summary>Runs of a writer, whole, split and interrupted, that should all come to the same.</summary>
internal static class Runs
{
    public const long From = 100;

    public static byte[][][] Split(byte[][] batches, int[] splits)
    {
        var pieces = new List<byte[][]>();
        var rest = batches.AsEnumerable();
        foreach (var size in splits)
        {
            pieces.Add(rest.Take(size).ToArray());
            rest = rest.Skip(size).ToArray();
        }

        return [.. pieces, rest.ToArray()];
    }

    /// <summary>Writes from where the run stands, as a fetch would: with each piece come the ranges that touch it, ending where it ends.</summary>
    public static async Task<PartitionBackup> WriteAsync(IObjectStore store, SegmentPolicy policy, byte[][][] pieces, AbortedRange[] aborted, bool resume = false)
    {
        await using var writer = new PartitionWriter(store, Some.Path, From, policy);
        var next = resume ? await writer.ResumeAsync() : From;
        foreach (var piece in pieces)
        {
            var unread = piece.Where(batch => Some.Header(batch).LastOffset >= next).ToArray();
            if (unread.Length == 0)
                continue;
            var (first, end) = (Some.Header(unread[0]).BaseOffset, Some.Header(unread[^1]).LastOffset);
            var known = aborted.Where(range => range.First <= end && range.Last >= first).Select(range => range with { Last = Math.Min(range.Last, end) });
            await writer.AppendAsync(Some.Join(unread), [.. known]);
        }

        return await writer.CompleteAsync(pieces.SelectMany(piece => piece).Select(batch => Some.Header(batch).NextOffset).Append(From).Max() + 5);
    }

    public static void AssertSame(MemoryObjectStore expectedStore, PartitionBackup expected, MemoryObjectStore actualStore, PartitionBackup actual)
    {
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(actual));
        Assert.Equal(expectedStore.Objects.Keys.Order(StringComparer.Ordinal), actualStore.Objects.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, bytes) in expectedStore.Objects)
            Assert.True(bytes.AsSpan().SequenceEqual(actualStore.Objects[name]), name);
    }
}
