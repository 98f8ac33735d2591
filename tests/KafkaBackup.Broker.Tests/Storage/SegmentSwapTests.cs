using KafkaBackup.Broker.Logs;
using KafkaBackup.Broker.Logs.Compaction;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Broker.Tests.Storage;

/// <summary>A kill between any two steps of putting a compacted segment into its place.</summary>
public sealed class SegmentSwapTests
{
    [Fact]
    public async Task A_kill_after_any_step_leaves_the_old_log_or_the_new_one_and_no_file_beside_it()
    {
        await using var broker = CompactedTopic.Start(null, ("segment.bytes", "4000"), ("index.interval.bytes", "200"));
        using (var client = await broker.ConnectAsync())
        {
            for (var i = 0; i < 40; i++)
                await client.PutAsync(new Keyed($"k{i % 5}", new string('x', 300) + i));
        }

        await broker.Server.StopAsync();
        var before = Contents(broker.Folder);
        Assert.True(before.LogFiles > 3);
        var (steps, after) = SwapCopy(broker.Folder, int.MaxValue);
        Assert.True(steps > 10);
        Assert.Equal(40, after.Records[^1] + 1);
        Assert.True(after.Records.Count < 40);
        var exchanged = 0;
        for (var killedAfter = 0; killedAfter < steps; killedAfter++)
        {
            var left = SwapCopy(broker.Folder, killedAfter).Left;
            var isNew = left.Records.SequenceEqual(after.Records);
            Assert.True(isNew || left.Records.SequenceEqual(before.Records), $"after {killedAfter} of {steps} steps: {string.Join(' ', left.Records)}");
            Assert.Equal(isNew ? after.LogFiles : before.LogFiles, left.LogFiles);
            exchanged += isNew ? 1 : 0;
            // Once the exchange is decided, which the log's own file does as the fourth, there is no way back.
            Assert.Equal(killedAfter >= 4, isNew);
        }

        Assert.Equal(steps - 4, exchanged);
    }

    // What the next start finds.
    private static (int Steps, Log Left) SwapCopy(string data, int killedAfter)
    {
        using var copy = new TestFolder();
        var folder = Path.Combine(copy.Path, "t-0");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(Path.Combine(data, "t-0")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var steps = Swap(folder, killedAfter);
        var left = Contents(copy.Path);
        Assert.DoesNotContain(Directory.GetFiles(folder), file => file.EndsWith(".swap", StringComparison.Ordinal) || file.EndsWith(".cleaned", StringComparison.Ordinal));
        foreach (var log in Directory.GetFiles(folder, "*.log"))
            Assert.All(new[] { ".index", ".timeindex" }, extension => Assert.True(File.Exists(Path.ChangeExtension(log, extension))));
        foreach (var index in Directory.GetFiles(folder, "*index"))
            Assert.True(File.Exists(Path.ChangeExtension(index, ".log")), $"{index} is left without its log");
        return (steps, left);
    }

    private sealed record Log(int LogFiles, IReadOnlyList<long> Records);

    // Everything but the last segment becomes one; what comes after so many steps never happens.
    private static int Swap(string folder, int killedAfter)
    {
        var settings = TopicConfig.ToSettings(new Dictionary<string, string> { ["cleanup.policy"] = "compact", ["min.cleanable.dirty.ratio"] = "0" }, new Dictionary<string, string>());
        var recovered = LogRecovery.Open(folder, settings.IndexIntervalBytes, checkTail: false, 0, NullLogger.Instance);
        using var log = new PartitionLog("t", 0, folder, settings, recovered, 0, 0, new Placement([1], 1), TimeProvider.System);
        var plan = CompactionPlan.Of(log.View, settings, 0, log.Now)!;
        var (old, cleaned) = Assert.Single(LogCompactor.Clean(log, log.View, plan));
        using (cleaned)
        {
            Action[] steps = [.. SegmentSwap.Announce(cleaned), .. SegmentSwap.Finish(old, cleaned)];
            foreach (var step in steps.Take(killedAfter))
                step();
            return steps.Length;
        }
    }

    private static Log Contents(string data)
    {
        var folder = Path.Combine(data, "t-0");
        var recovered = LogRecovery.Open(folder, 200, checkTail: true, 0, NullLogger.Instance);
        try
        {
            Assert.Equal(40, recovered.End);
            return new Log(recovered.Segments.Count, [.. recovered.Segments.SelectMany(segment => segment.ReadBatches()).Select(batch => batch.Header.BaseOffset)]);
        }
        finally
        {
            recovered.Segments.ForEach(segment => segment.Dispose());
        }
    }
}
