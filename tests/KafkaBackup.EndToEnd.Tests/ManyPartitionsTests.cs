using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>Objects, and so requests and flushes to the disk, grow with the bytes of an epoch and not with its partitions.</summary>
public sealed class ManyPartitionsTests
{
    private const int TopicCount = 50;
    private const int PartitionsEach = 20;

    [Fact]
    public async Task An_epoch_of_a_thousand_partitions_with_a_record_each_is_a_few_objects()
    {
        await using var clusters = TwoClusters.Start(Fill);
        var (alone, packed) = (Path.Combine(clusters.Folder, "alone"), Path.Combine(clusters.Folder, "packed"));

        var flushesBefore = await BackUpAsync(clusters, alone, "--packed-segment-bytes", "0");
        var flushesAfter = await BackUpAsync(clusters, packed);

        var (before, after) = (Objects(alone), Objects(packed));
        Figures.Print($"an epoch of {TopicCount * PartitionsEach} partitions with a record each: {before.Count} objects ({Kinds(before)}), {Text(flushesBefore)} flushes to the disk, where each segment stands alone");
        Figures.Print($"the same in packs: {after.Count} objects ({Kinds(after)}), {Text(flushesAfter)} flushes, {after.Sum(o => o.Length) >> 10} KiB");
        Assert.True(flushesAfter is null or < 100, $"{flushesAfter} flushes");
        Assert.Equal(3 * TopicCount * PartitionsEach, before.Count(o => o.Name.StartsWith("topics", StringComparison.Ordinal)));
        Assert.DoesNotContain(after, o => o.Name.StartsWith("topics", StringComparison.Ordinal));
        // Eight slices at most of 128 partitions, a pack each; a list for 256 segments, less what does not divide evenly; the manifest.
        Assert.InRange(after.Count(o => o.Name.StartsWith("packs", StringComparison.Ordinal)), 1, 8);
        Assert.InRange(after.Count(o => o.Name.StartsWith("lists", StringComparison.Ordinal)), 1, 5);
        Assert.InRange(after.Count, 3, 15);
        Assert.Equal(CrashTopic.Core(alone), CrashTopic.Core(packed));
        Assert.Equal(await StoredSegments.ReadAsync(alone), await StoredSegments.ReadAsync(packed));

        await BackUpAsync(clusters, packed);
        Assert.Equal(["epochs/00000000000000000002.json"], Objects(packed).Except(after).Select(o => o.Name));
        var verify = await KafkaBackupCli.RunAsync(clusters.Folder, "verify", "--repository", $"file:{packed}", "--level", "full");
        Assert.True(verify.Exit == 0, verify.Output);
    }

    [Fact]
    public async Task A_partition_that_is_read_to_its_end_is_packed_while_others_are_still_read()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "long", 4);
        await Topics.CreateAsync(clusters.Source.Address, "short", 4);
        Topics.Produce(clusters.Source.Address, "long", 4, 0, 1200, valueBytes: 1000);
        Topics.Produce(clusters.Source.Address, "short", 4, 0, 4);
        await using var backup = KafkaBackupCli.Start(
            clusters.Folder, "backup", "--bootstrap-server", clusters.Source.Address, "--repository", $"file:{clusters.Repository}", "--rate-limit", "200K", "--pack-bytes", "1");

        var packs = Path.Combine(clusters.Repository, "packs");
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!(Directory.Exists(packs) && Directory.EnumerateFiles(packs, "0*", SearchOption.AllDirectories).Any()))
        {
            Assert.True(DateTime.UtcNow < deadline && !backup.HasExited, backup.Errors);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var first = Directory.GetFiles(packs, "0*", SearchOption.AllDirectories);
        Assert.False(backup.HasExited, "the backup was over before a pack was seen");
        Assert.All(first, pack => Assert.InRange(new FileInfo(pack).Length, 1, 2000));
        Assert.True(await backup.WaitAsync() == 0, backup.Errors);
        Assert.Equal(8, Directory.GetFiles(packs, "0*", SearchOption.AllDirectories).Length);
    }

    /// <returns>The flushes of files and folders of the repository; null where nothing is there to see them.</returns>
    private static async Task<int?> BackUpAsync(TwoClusters clusters, string place, params string[] options)
    {
        string[] command = ["backup", "--bootstrap-server", clusters.Source.Address, "--repository", $"file:{place}", "--state", $"{place}-state", .. options];
        var (backup, calls) = SystemCallTrace.IsHere ? await SystemCallTrace.RunAsync(clusters.Folder, command) : (await KafkaBackupCli.RunAsync(clusters.Folder, command), null);
        Assert.True(backup.Exit == 0, backup.Errors);
        return calls?.Count(call => call.Name is "fsync" or "fdatasync" && call.Paths.Any(path => path == place || path.StartsWith(place + "/", StringComparison.Ordinal)));
    }

    private static string Text(int? count) => count is null ? "uncounted" : count.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Kinds(IReadOnlyCollection<(string Name, long Length)> objects) => string.Join(
        ", ", objects.GroupBy(o => o.Name[..o.Name.IndexOf('/', StringComparison.Ordinal)]).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} {g.Count()}"));

    private static HashSet<(string Name, long Length)> Objects(string repository) =>
        [.. Directory.EnumerateFiles(repository, "*", SearchOption.AllDirectories).Where(f => !Path.GetFileName(f).StartsWith('.') && Path.GetFileName(f) != "repository.json" && Path.GetFileName(Path.GetDirectoryName(f)) != "writer")
            .Select(f => (Path.GetRelativePath(repository, f), new FileInfo(f).Length))];

    private static void Fill(string data)
    {
        using var builder = new RecordBatchBuilder { Compression = CompressionType.None };
        var template = new BatchHeader(0, 0, 0, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0);
        for (var i = 0; i < TopicCount * PartitionsEach; i++)
        {
            builder.Add(1_700_000_000_000 + i, null, new byte[100], []);
            var folder = Directory.CreateDirectory(Path.Combine(data, $"topic-{i / PartitionsEach:D2}-{i % PartitionsEach}")).FullName;
            File.WriteAllBytes(Path.Combine(folder, "00000000000000000000.log"), builder.Build(template).ToArray());
        }
    }
}
