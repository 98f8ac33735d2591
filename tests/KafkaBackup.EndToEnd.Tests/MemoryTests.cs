using System.Globalization;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Protocol.Compression;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>What a backup or a restore holds is bounded, however many partitions there are and however large their batches.</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Partitions = 64;
    private const int BatchBytes = 1 << 20;
    private const long Bound = 300L << 20;

    [Fact]
    public async Task Sixty_four_partitions_of_batches_of_a_mebibyte_are_backed_up_and_restored_within_300_MiB_each()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a process' peak memory is read from /proc");
        var each = TestSize.Of(4, 16);
        await using var clusters = TwoClusters.Start(data => Fill(data, each));
        var backup = await PeakOfAsync(clusters, "backup", clusters.Source);
        var stored = CrashTopic.SegmentBytes(clusters.Repository);
        output.WriteLine($"{Partitions} partitions of {each} batches of 1 MiB: {stored >> 20} MiB stored, the backup held {backup >> 20} MiB at most");
        Assert.InRange(stored, (long)Partitions * each * BatchBytes * 9 / 10, long.MaxValue);
        Assert.InRange(backup, 1, Bound);

        var restore = await PeakOfAsync(clusters, "restore", clusters.Target);
        var restored = Directory.EnumerateFiles(clusters.Target.Data, "*.log", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        output.WriteLine($"{restored >> 20} MiB restored, the restore held {restore >> 20} MiB at most");
        Assert.InRange(restored, stored * 99 / 100, long.MaxValue);
        Assert.InRange(restore, 1, Bound);
    }

    private static async Task<long> PeakOfAsync(TwoClusters clusters, string command, BrokerProcess broker)
    {
        await using var process = KafkaBackupCli.Start(clusters.Folder, command, "--bootstrap-server", broker.Address, "--repository", $"file:{clusters.Repository}");
        var peak = 0L;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, Peak(process.Id));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.True(await process.WaitAsync() == 0, process.Errors);
        return peak;
    }

    // The high-water mark of a process' resident memory, as the kernel keeps it.
    private static long Peak(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0; // it has just ended
        }
    }

    private static void Fill(string data, int batches)
    {
        using var builder = new RecordBatchBuilder { Compression = CompressionType.None };
        var value = new byte[BatchBytes - 200];
        var template = new BatchHeader(0, 0, 0, 0, BatchAttributes.None, 0, 0, -1, -1, -1, -1, 0);
        for (var partition = 0; partition < Partitions; partition++)
        {
            using var log = File.Create(Path.Combine(Directory.CreateDirectory(Path.Combine(data, $"large-{partition}")).FullName, "00000000000000000000.log"));
            for (var n = 0; n < batches; n++)
            {
                new Random((partition * 1_000) + n).NextBytes(value);
                builder.Add(1_700_000_000_000 + n, null, value, []);
                log.Write(builder.Build(template with { BaseOffset = n }).Span);
            }
        }
    }
}
