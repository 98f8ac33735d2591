using System.Globalization;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>What a repository has of its topics, read through the references of its latest epoch: wherever the segments lie.</summary>
internal static class StoredSegments
{
    /// <summary>The segments and their indexes, each as the file of Kafka's that it would be: <c>topic-partition/base.log</c> and so on.</summary>
    public static async Task<SortedDictionary<string, byte[]>> ReadAsync(string repository)
    {
        var (opened, epoch) = await OpenAsync(repository);
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var topic in epoch.Core.Topics)
        {
            foreach (var segment in await opened.ReadSegmentsAsync(epoch, topic.Name))
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{topic.Name}-{segment.Partition}/{segment.Base:D20}");
                var indexes = await opened.Store.ReadIndexesAsync(segment);
                files.Add($"{name}.log", await BytesAsync(opened.Store, segment));
                files.Add($"{name}.index", indexes.OffsetIndex.ToArray());
                files.Add($"{name}.timeindex", indexes.TimeIndex.ToArray());
                if (indexes.TransactionIndex is { } transactions)
                    files.Add($"{name}.txnindex", transactions.ToArray());
            }
        }

        return files;
    }

    /// <summary>How many segments of the latest epoch lie in packs, and how many stand alone.</summary>
    public static async Task<(int Packed, int Alone)> CountAsync(string repository)
    {
        var (opened, epoch) = await OpenAsync(repository);
        var packed = new List<bool>();
        foreach (var topic in epoch.Core.Topics)
            packed.AddRange((await opened.ReadSegmentsAsync(epoch, topic.Name)).Select(segment => segment.IsPacked));
        return (packed.Count(isPacked => isPacked), packed.Count(isPacked => !isPacked));
    }

    /// <summary>A partition's batches, in one piece.</summary>
    public static async Task<byte[]> ReadAsync(string repository, string topic, int partition)
    {
        var (opened, epoch) = await OpenAsync(repository);
        using var all = new MemoryStream();
        foreach (var segment in (await opened.ReadSegmentsAsync(epoch, topic)).Where(segment => segment.Partition == partition))
            all.Write(await BytesAsync(opened.Store, segment));
        return all.ToArray();
    }

    private static async Task<(BackupRepository Repository, Epoch Epoch)> OpenAsync(string repository)
    {
        var opened = await BackupRepository.OpenAsync(new FileSystemObjectStore(repository));
        return (opened, (await opened.LatestAsync())!);
    }

    private static async Task<byte[]> BytesAsync(IObjectStore store, SegmentReference segment)
    {
        await using var log = await store.OpenLogAsync(segment);
        using var bytes = new MemoryStream();
        await log.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
