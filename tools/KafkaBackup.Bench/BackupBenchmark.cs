using System.Reflection;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.Bench;

/// <summary>A whole backup, from the start of its process to its end, against a consume loop.</summary>
internal static class BackupBenchmark
{
    private const int Rounds = 3;
    private static readonly string[] Tuning = ["--kafka", "fetch.max.bytes=16777216", "--kafka", "max.partition.fetch.bytes=16777216"];

    public static async Task<int> RunAsync(double share)
    {
        using var folder = new TestFolder();
        await using var broker = BrokerProcess.Start(folder["broker"], "--set", "message.max.bytes=4194304");
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, development broker at {broker.Address}; the best of {Rounds} rounds, alternating");
        Console.WriteLine($"backup:       kafka-backup backup {string.Join(' ', Tuning)}");
        Console.WriteLine($"consume loop: Confluent.Kafka, {string.Join(' ', ConsumeLoop.Configuration.Select(c => $"{c.Key}={c.Value}"))}; values written behind their lengths, one fsync");
        var isEqual = true;
        foreach (var workload in Workload.All(share))
        {
            workload.Load(broker.Address);
            Measured? backup = null, loop = null;
            for (var round = 0; round < Rounds; round++)
            {
                Delete(folder["repository"], folder["state"]);
                backup = Best(backup, await Measured.RunAsync("dotnet", [KafkaBackupCli.Program, .. Backup(broker.Address, workload.Topic, folder)], folder.Path));
                loop = Best(loop, await Measured.RunAsync("dotnet", [Assembly.GetExecutingAssembly().Location, "consume-loop", broker.Address, workload.Topic, folder["values"]], folder.Path));
            }

            var stored = await Contents.OfRepositoryAsync(folder["repository"], workload.Topic);
            var consumed = Contents.OfFile(folder["values"]);
            isEqual &= stored == consumed && stored.Records == workload.Records;
            Console.WriteLine();
            Console.WriteLine($"{workload.Topic}: {stored.Records:N0} records of {workload.ValueBytes} bytes, values' SHA-256 {stored.Hash[..16]} and {consumed.Hash[..16]}: {(stored == consumed ? "equal" : "DIFFERENT")}");
            Print("backup", workload, backup!);
            Print("consume loop", workload, loop!);
            Console.WriteLine($"  ratio: {loop!.Seconds / backup!.Seconds:0.0} times the consume loop's records/s; {loop.CpuSeconds / backup.CpuSeconds:0.0} times fewer CPU seconds");
        }

        return isEqual ? 0 : 1;
    }

    private static string[] Backup(string broker, string topic, TestFolder folder) =>
        ["backup", "--bootstrap-server", broker, "--repository", $"file:{folder["repository"]}", "--state", folder["state"], "--topics", topic, "--json", .. Tuning];

    private static Measured Best(Measured? a, Measured b) => a is null || b.Seconds < a.Seconds ? b : a;

    private static void Print(string what, Workload workload, Measured measured) => Console.WriteLine(
        $"  {what,-12} {measured.Seconds,6:0.00} s  {workload.Records / measured.Seconds / 1000,8:N0} k records/s  {(long)workload.Records * workload.ValueBytes / measured.Seconds / (1 << 20),6:N0} MiB/s of values"
        + $"  {measured.CpuSeconds,6:0.00} CPU s  {measured.PeakBytes >> 20,4} MiB peak");

    private static void Delete(params string[] folders)
    {
        foreach (var folder in folders.Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }
}
