using System.Reflection;
using Confluent.Kafka;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.Bench;

/// <summary>Whole backups against a consume loop, whole restores against a produce loop: each from the start of its process to its end.</summary>
internal sealed class LaneBenchmark(BenchOptions options)
{
    private const double BackupAim = 5;
    private const double RestoreAim = 2;
    private const double LeastCpuSeconds = 0.1;
    private static readonly string Program = ProjectTree.PathOf("tools", "kafka-backup");
    private static readonly string Self = Assembly.GetExecutingAssembly().Location;
    private readonly List<string> _summary = [];
    private readonly Dictionary<string, Measured> _starts = [];

    /// <summary>Runs every workload; false where the two sides did not move the same.</summary>
    public async Task<bool> RunAsync()
    {
        using var folder = new TestFolder();
        await using var broker = BrokerProcess.Start(folder["broker"], "--set", "message.max.bytes=4194304");
        PrintConfigurations(broker);
        var isEqual = true;
        foreach (var workload in Workload.All(options.Share).Where(w => w.Topic.Contains(options.Only, StringComparison.Ordinal)).Prepend(Workload.Start))
        {
            Console.WriteLine();
            isEqual &= await RunAsync(new Stage(workload, broker, folder));
            await DeleteTopicsAsync(broker.Address);
        }

        Console.WriteLine();
        _summary.ForEach(Console.WriteLine);
        return isEqual;
    }

    private async Task<bool> RunAsync(Stage stage)
    {
        await stage.Workload.LoadAsync(stage.Broker.Address);
        var isEqual = await BackUpAsync(stage, options.Has("backup") ? options.Rounds : 1);
        return (!options.Has("restore") || await RestoreAsync(stage)) && isEqual;
    }

    // A restore needs what a backup and a consume loop leave behind, so that both have run once in any case.
    private async Task<bool> BackUpAsync(Stage stage, int rounds)
    {
        Measured? backup = null, loop = null;
        for (var round = 0; round < rounds; round++)
        {
            stage.Delete("repository", "backup-state");
            backup = Measured.Best(backup, await stage.CliAsync(["backup", "--topics", stage.Workload.Topic], "backup-state"));
            loop = Measured.Best(loop, await stage.LoopAsync("consume-loop", stage.Workload.Topic, stage.Folder["values"]));
        }

        var (ours, theirs) = (await Contents.OfRepositoryAsync(stage.Folder["repository"], stage.Workload.Topic), Contents.OfFile(stage.Folder["values"]));
        if (options.Has("backup"))
            Report(stage.Workload, ("backup", backup!), ("consume loop", loop!), BackupAim, ours, theirs);
        return ours == theirs && ours.Records == stage.Workload.Records;
    }

    private async Task<bool> RestoreAsync(Stage stage)
    {
        Measured? restore = null, loop = null;
        var (restored, produced) = ("", "");
        for (var round = 0; round < options.Rounds; round++)
        {
            (restored, produced) = ($"{stage.Workload.Topic}-restored-{round}", $"{stage.Workload.Topic}-produced-{round}");
            stage.Delete("restore-state");
            restore = Measured.Best(restore, await stage.CliAsync(["restore", "--map", $"{stage.Workload.Topic}={restored}"], "restore-state"));
            await stage.Workload.CreateAsync(stage.Broker.Address, produced);
            loop = Measured.Best(loop, await stage.LoopAsync("produce-loop", produced, stage.Workload.Codec, stage.Folder["values"]));
        }

        var (ours, theirs) = (await stage.ConsumeAsync(restored), await stage.ConsumeAsync(produced));
        Report(stage.Workload, ("restore", restore!), ("produce loop", loop!), RestoreAim, ours, theirs);
        return ours == theirs && ours.Records == stage.Workload.Records;
    }

    private void Report(Workload workload, (string Name, Measured Run) ours, (string Name, Measured Run) theirs, double aim, Contents moved, Contents expected)
    {
        var same = moved == expected && moved.Records == workload.Records ? "equal" : "DIFFERENT";
        Console.WriteLine($"{workload.Topic}, {ours.Name}: {moved.Records:N0} and {expected.Records:N0} records of {workload.ValueBytes} bytes, SHA-256 {moved.Hash[..16]} and {expected.Hash[..16]}: {same}");
        if (workload == Workload.Start)
        {
            (_starts[ours.Name], _starts[theirs.Name]) = (ours.Run, theirs.Run);
            Console.WriteLine($"  for a single record a {ours.Name} takes {ours.Run.Seconds:0.00} s ({ours.Run.CpuSeconds:0.00} CPU s), a {theirs.Name} {theirs.Run.Seconds:0.00} s ({theirs.Run.CpuSeconds:0.00} CPU s): their starts");
            return;
        }

        Print(ours.Name, workload, ours.Run);
        Print(theirs.Name, workload, theirs.Run);
        var (ratio, cpu) = (theirs.Run.Seconds / ours.Run.Seconds, theirs.Run.CpuSeconds / ours.Run.CpuSeconds);
        var line = $"{ratio,5:0.0} times the {theirs.Name}'s records/s (aim: {aim:0}{(ratio < aim ? ", missed" : "")}); {cpu:0.0} times fewer CPU seconds{WithoutStarts(ours, theirs)}";
        Console.WriteLine($"  {line}");
        _summary.Add($"{workload.Topic,-28} {ours.Name,-8} {line}");
    }

    /// <summary>By CPU seconds: what a start takes of the clock hangs on what else the machine does. Nothing where the run was hardly more than its start.</summary>
    private string WithoutStarts((string Name, Measured Run) ours, (string Name, Measured Run) theirs)
    {
        var (mine, loop) = (ours.Run.CpuSeconds - _starts[ours.Name].CpuSeconds, theirs.Run.CpuSeconds - _starts[theirs.Name].CpuSeconds);
        return mine > LeastCpuSeconds && loop > LeastCpuSeconds ? $", {loop / mine:0.0} times without their starts" : "";
    }

    private static void Print(string what, Workload workload, Measured run) => Console.WriteLine(
        $"  {what,-12} {run.Seconds,6:0.00} s  {workload.Records / run.Seconds / 1000,8:N0} k records/s  {(long)workload.Records * workload.ValueBytes / run.Seconds / (1 << 20),6:N0} MiB/s of values"
        + $"  {run.CpuSeconds,6:0.00} CPU s (broker's {run.BrokerSeconds,6:0.00})  {run.PeakBytes >> 20,4} MiB peak");

    private void PrintConfigurations(BrokerProcess broker)
    {
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, development broker at {broker.Address} on the same cores; the best of {options.Rounds} rounds, alternating");
        Console.WriteLine("backup:       tools/kafka-backup backup, as it comes (fetch.max.bytes=4194304 max.partition.fetch.bytes=2097152)");
        Console.WriteLine($"consume loop: Confluent.Kafka, {Text(ConsumeLoop.Configuration)}; values written behind their partitions and lengths, one fsync");
        Console.WriteLine("restore:      tools/kafka-backup restore (acks=all, idempotent, 5 batches in flight a partition, batches as they were stored, small ones put together)");
        Console.WriteLine($"produce loop: Confluent.Kafka, {Text(ProduceLoop.Configuration)}, compression.type as the topic's; values read from disk");
    }

    private static string Text(IReadOnlyDictionary<string, string> configuration) => string.Join(' ', configuration.Select(c => $"{c.Key}={c.Value}"));

    private static async Task DeleteTopicsAsync(string broker)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker }).Build();
        await admin.DeleteTopicsAsync(admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(t => t.Topic).Where(t => !t.StartsWith("__", StringComparison.Ordinal)));
    }

    /// <summary>A workload with its broker and its folders.</summary>
    private sealed record Stage(Workload Workload, BrokerProcess Broker, TestFolder Folder)
    {
        public Task<Measured> CliAsync(IEnumerable<string> arguments, string state) => Measured.RunAsync(
            Program, [.. arguments, "--bootstrap-server", Broker.Address, "--repository", $"file:{Folder["repository"]}", "--state", Folder[state], "--json"], Folder.Path, Broker.Id);

        public Task<Measured> LoopAsync(string loop, params string[] arguments) => Measured.RunAsync("dotnet", [Self, loop, Broker.Address, .. arguments], Folder.Path, Broker.Id);

        public async Task<Contents> ConsumeAsync(string topic)
        {
            await LoopAsync("consume-loop", topic, Folder["consumed"]);
            return Contents.OfFile(Folder["consumed"]);
        }

        public void Delete(params string[] names)
        {
            foreach (var folder in names.Select(n => Folder[n]).Where(Directory.Exists))
                Directory.Delete(folder, recursive: true);
        }
    }
}
