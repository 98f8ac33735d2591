using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A restore of some seconds, watched through HTTP: it comes forward all the time.</summary>
public sealed class RestoreProgressTests(ITestOutputHelper output)
{
    private const int Partitions = 4;
    private const int Records = 12_000;

    /// <summary>A batch of half a MiB of each partition in about two thirds of a second, and six of them.</summary>
    private const int RateLimit = 3 << 20;

    [Fact]
    public async Task Progress_never_falls_back_and_comes_forward_in_steps()
    {
        await using var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "orders", Partitions);
        Topics.Produce(clusters.Source.Address, "orders", Partitions, 0, Records, valueBytes: 1000);
        Assert.Equal(0, (await clusters.BackupAsync()).Exit);
        await using var service = ServiceProcess.Start(Path.Combine(clusters.Folder, "service"), new Dictionary<string, string>());

        var links = await service.StartAsync("restores", new { cluster = clusters.Target.Address, repository = $"file:{clusters.Repository}", rateLimit = RateLimit });
        await service.PollAsync(links.Text("statusQueryGetUri"), status => IsWriting(status) || IsOver(status));
        var seen = new List<(TimeSpan At, long Done, long Bytes)>();
        var begun = TimeProvider.System.GetTimestamp();
        var end = await service.PollAsync(links.Text("statusQueryGetUri"), status =>
        {
            if (IsWriting(status) && Sums(status) is { Total: > 0 } sums)
                seen.Add((TimeProvider.System.GetElapsedTime(begun), sums.Done, sums.Bytes));
            return IsOver(status);
        });

        Assert.True(end.Text("runtimeStatus") == "Completed", end.ToString());
        Assert.Equal(Records, end.GetProperty("output").Number("records"));
        var steps = seen.DistinctBy(s => s.Done).ToList();
        output.WriteLine(string.Join(Environment.NewLine, steps.Select(s => $"{s.At.TotalSeconds:0.0} s: {s.Done} records, {s.Bytes} bytes")));
        Assert.Equal(seen.Select(s => s.Done).Order(), seen.Select(s => s.Done));
        Assert.Equal(seen.Select(s => s.Bytes).Order(), seen.Select(s => s.Bytes));
        Assert.True(steps.Count(s => s.Done is > 0 and < Records && s.Bytes > 0) >= 3, "it came forward in fewer than three steps");
    }

    private static bool IsWriting(JsonElement status) => status.TryGetProperty("customStatus", out var phase) && phase.GetString() == "writing records";

    private static bool IsOver(JsonElement status) => status.Text("runtimeStatus") is "Completed" or "Failed" or "Terminated";

    private static (long Done, long Total, long Bytes) Sums(JsonElement status)
    {
        var states = status.TryGetProperty("progress", out var progress)
            ? progress.EnumerateArray().Where(p => p.TryGetProperty("state", out _)).Select(p => p.GetProperty("state")).ToList()
            : [];
        // A slice that has ended is not shown any more, and one that has not begun is not yet: sums are of one and the same only while all are at work.
        if (states.Count != Partitions)
            return (0, 0, 0);
        return (states.Sum(s => s.Number("done")), states.Sum(s => s.Number("total")), states.Sum(s => s.Number("bytes")));
    }
}
