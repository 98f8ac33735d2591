using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>kafka-python, which unlike Confluent.Kafka shows an offset's metadata.</summary>
internal static class KafkaPython
{
    private const string Python = "/usr/bin/python3";

    public static async Task<bool> IsHereAsync() => File.Exists(Python) && await ExitAsync("import kafka") == 0;

    /// <summary>Commits an offset of partition 0 with metadata.</summary>
    public static Task CommitAsync(string broker, string group, string topic, long offset, string metadata) => RunAsync(
        "c.assign([p]); c.commit({p: OffsetAndMetadata(int(a[0]), a[1])})", broker, group, topic, $"{offset}", metadata);

    /// <summary>The committed offset of partition 0 and its metadata, a blank between.</summary>
    public static Task<string> CommittedAsync(string broker, string group, string topic) => RunAsync(
        "m = c.committed(p, metadata=True); print(m.offset, m.metadata)", broker, group, topic);

    private static async Task<int> ExitAsync(string code)
    {
        await using var process = ToolProcess.Start(Python, ["-c", code], Path.GetTempPath());
        return await process.WaitAsync();
    }

    private static async Task<string> RunAsync(string code, string broker, string group, string topic, params string[] more)
    {
        var script = "import sys\nfrom kafka import KafkaConsumer, TopicPartition, OffsetAndMetadata\n"
            + "c = KafkaConsumer(bootstrap_servers=sys.argv[1], group_id=sys.argv[2]); p = TopicPartition(sys.argv[3], 0); a = sys.argv[4:]\n"
            + code;
        await using var process = ToolProcess.Start(Python, ["-X", "utf8", "-c", script, broker, group, topic, .. more], Path.GetTempPath());
        Assert.True(await process.WaitAsync() == 0, process.Errors);
        return process.Output.Trim();
    }
}
