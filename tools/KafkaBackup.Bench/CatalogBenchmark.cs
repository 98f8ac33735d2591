using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing;

namespace KafkaBackup.Bench;

/// <summary>A repository of many partitions and epochs on the file system: what it takes to list, show, verify and plan a prune, each a process of its own.</summary>
internal static class CatalogBenchmark
{
    private const int Topics = 100;
    private const int PartitionsEach = 100;
    private const int Epochs = 100;
    private const int ChangedEach = 500;

    private static readonly string Program = ProjectTree.PathOf("tools", "kafka-backup");

    public static async Task RunAsync(double share)
    {
        using var folder = new TestFolder();
        var epochs = Math.Max(2, (int)(Epochs * share));
        await FillAsync(new FileSystemObjectStore(folder["repository"]), epochs);
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}; {Topics * PartitionsEach} partitions, {epochs} epochs with {ChangedEach} changed partitions each; from the page cache");
        string[][] commands = [["epochs"], ["epoch", $"{epochs}"], ["verify"], ["verify", "--level", "full"], ["prune", "--keep-last", "10", "--dry-run"]];
        await MeasureAsync([.. commands, ["merge", "--dry-run"], ["merge"]]);
        // What the merge replaced goes when there is an epoch on top.
        await FillAsync(new FileSystemObjectStore(folder["repository"]), epochs + 1);
        await MeasureAsync([["prune", "--keep-last", "1000"], .. commands]);

        async Task MeasureAsync(string[][] commands)
        {
            Console.WriteLine($"{Directory.EnumerateFiles(folder["repository"], "*", SearchOption.AllDirectories).Count():N0} objects");
            foreach (var command in commands)
            {
                var taken = await Measured.RunAsync(Program, [.. command, "--repository", $"file:{folder["repository"]}"], folder.Path, Environment.ProcessId);
                Console.WriteLine($"{string.Join(' ', command),-36} {taken.Seconds,6:0.00} s  {taken.CpuSeconds,6:0.00} s CPU  {taken.PeakBytes >> 20,5} MiB");
            }
        }
    }

    private static async Task FillAsync(IObjectStore store, int epochs)
    {
        var repository = await BackupRepository.OpenOrCreateAsync(store, TimeProvider.System, Guid.NewGuid());
        var ends = new long[Topics * PartitionsEach];
        using var builder = new RecordBatchBuilder();
        var parent = await repository.LatestAsync();
        foreach (var topic in parent?.Core.Topics ?? [])
        {
            foreach (var partition in topic.Partitions)
                ends[(int.Parse(topic.Name[^3..]) * PartitionsEach) + partition.Partition] = partition.To;
        }

        for (var sequence = (int)(parent?.Sequence ?? 0) + 1; sequence <= epochs; sequence++)
        {
            var backups = await WriteAsync(store, sequence, ends, builder);
            var topics = Enumerable.Range(0, Topics).Select(topic => new TopicEpoch(
                Name(topic), "life-1", null, new Dictionary<string, string?>(), 1, [.. Enumerable.Range(0, PartitionsEach).Select(p => Entry(topic, p))], [], [])).ToList();
            var time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(sequence);
            parent = await repository.CommitAsync(
                new EpochCore(sequence, parent is null ? null : new EpochParent(parent.Sequence, parent.CoreHash), new ClusterIdentity("c"), topics, []),
                backups.GroupBy(b => b.Key / PartitionsEach).ToDictionary(b => Name(b.Key), IReadOnlyList<SegmentReference> (b) => [.. b.SelectMany(p => p.Value.Segments)]),
                new RunInfo($"backup-{sequence}", $"run-{sequence}", time, time, time, "here", "kafka-backup"));

            PartitionEpoch Entry(int topic, int p) => backups.TryGetValue((topic * PartitionsEach) + p, out var b)
                ? new PartitionEpoch(p, 0, b.From, b.To, 0, b.Batches, b.Records, b.Bytes, b.MaxTimestamp, b.Digest)
                : new PartitionEpoch(p, 0, ends[(topic * PartitionsEach) + p], ends[(topic * PartitionsEach) + p], 0, 0, 0, 0, -1, null);
        }
    }

    private static async Task<Dictionary<int, PartitionBackup>> WriteAsync(IObjectStore store, int sequence, long[] ends, RecordBatchBuilder builder)
    {
        var backups = new Dictionary<int, PartitionBackup>();
        await using var packs = new SegmentPacks(store, $"run-{sequence}", 0, SegmentPolicy.Default);
        var writers = new List<(int Index, PartitionWriter Writer)>();
        for (var i = 0; i < ChangedEach; i++)
        {
            var index = ((sequence * ChangedEach) + i) * 7 % ends.Length;
            var path = new PartitionPath(Name(index / PartitionsEach), "life-1", $"run-{sequence}", index % PartitionsEach);
            var writer = new PartitionWriter(store, path, ends[index], SegmentPolicy.Default, packs);
            for (var r = 0; r < 20; r++)
                builder.Add(1_000 + r, new byte[] { 1 }, new byte[100], []);
            await writer.AppendAsync(builder.Build(new BatchHeader(ends[index], 0, 0, 0, BatchAttributes.None, 0, 0, 0, -1, -1, -1, 0)), []);
            await writer.CloseAsync();
            writers.Add((index, writer));
        }

        foreach (var (index, writer) in writers)
        {
            backups[index] = await writer.CompleteAsync(ends[index] + 20);
            ends[index] += 20;
            await writer.DisposeAsync();
        }

        return backups;
    }

    private static string Name(int topic) => $"topic-{topic:000}";
}
