using System.Diagnostics;
using System.Globalization;

namespace KafkaBackup.Bench;

/// <summary>What a process took from its start to its end.</summary>
/// <param name="Seconds">Of the clock.</param>
/// <param name="CpuSeconds">Its own.</param>
/// <param name="BrokerSeconds">The broker's CPU seconds meanwhile.</param>
/// <param name="PeakBytes">The most memory that it had.</param>
internal sealed record Measured(double Seconds, double CpuSeconds, double BrokerSeconds, long PeakBytes)
{
    /// <summary>The faster one.</summary>
    public static Measured Best(Measured? a, Measured b) => a is null || b.Seconds < a.Seconds ? b : a;

    /// <summary>Runs a process and measures it.</summary>
    public static async Task<Measured> RunAsync(string program, IEnumerable<string> arguments, string folder, int broker)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true } };
        var before = CpuOf(broker);
        var clock = Stopwatch.StartNew();
        process.Start();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        var (peak, cpu) = (0L, 0.0);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var ended = process.WaitForExitAsync(deadline.Token);
        while (await Task.WhenAny(ended, Task.Delay(20)) != ended)
            (peak, cpu) = Sample(process.Id, peak, cpu);
        await ended;
        var seconds = clock.Elapsed.TotalSeconds;
        return process.ExitCode == 0
            ? new Measured(seconds, cpu, CpuOf(broker) - before, peak)
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await errors} {await output}");
    }

    // From /proc, because the runtime forgets a process's figures when it has ended.
    private static (long Peak, double Cpu) Sample(int id, long peak, double cpu)
    {
        try
        {
            var high = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return (high is null ? peak : long.Parse(high.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10, CpuOf(id));
        }
        catch (IOException)
        {
            return (peak, cpu);
        }
    }

    private static double CpuOf(int id)
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }
}
