using System.Diagnostics;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>
/// Kills a command at moments spread over its work and runs it again, until it has come to its end. The moments are those at which the
/// durable bytes pass seeded shares of the whole.
/// </summary>
internal sealed class KillSchedule(string what, Func<ToolProcess> start, Func<long> durableBytes, long totalBytes, int kills = KillSchedule.Usual)
{
    /// <summary>Kills of a command where nothing else is asked for.</summary>
    public const int Usual = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Kills that struck while the command was at work.</summary>
    public int KilledAtWork { get; private set; }

    /// <summary>The result of the run that was let alone.</summary>
    public async Task<ToolProcess> RunAsync()
    {
        var random = new Random(TestSize.Seed);
        Figures.Print($"{what}: seed {TestSize.Seed}, {totalBytes} bytes to do");
        var clock = Stopwatch.StartNew();
        for (var kill = 0; kill < kills; kill++)
        {
            var threshold = (long)(totalBytes * (kill + 0.2 + (0.6 * random.NextDouble())) / (kills + 1));
            await using var process = start();
            while (!process.HasExited && durableBytes() < threshold && clock.Elapsed < Patience)
                await Task.Delay(20);
            var atWork = !process.HasExited;
            await process.KillAsync();
            KilledAtWork += atWork ? 1 : 0;
            Figures.Print($"{what}: kill {kill + 1} at {clock.Elapsed.TotalSeconds:0.0} s, {durableBytes()} bytes durable{(atWork ? "" : ", but it had ended")}");
        }

        var last = start();
        Assert.True(await last.WaitAsync() == 0, last.Errors);
        Figures.Print($"{what}: done after {clock.Elapsed.TotalSeconds:0.0} s");
        return last;
    }
}
