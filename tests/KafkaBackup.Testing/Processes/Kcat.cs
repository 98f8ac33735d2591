using System.Diagnostics;
using System.Security.Cryptography;

namespace KafkaBackup.Testing.Processes;

/// <summary>kcat, the independent witness: a client that shares no code with this project.</summary>
public static class Kcat
{
    /// <summary>Whether it is installed.</summary>
    public static bool IsHere { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "kcat")));

    /// <summary>Produces what <paramref name="write"/> writes, a record a line, the key before the tab.</summary>
    public static async Task ProduceAsync(string broker, string topic, IEnumerable<string> arguments, Func<StreamWriter, Task> write)
    {
        using var process = Start(["-P", "-b", broker, "-t", topic, "-K", "\t", .. arguments], input: true);
        var errors = process.StandardError.ReadToEndAsync();
        await write(process.StandardInput);
        process.StandardInput.Close();
        await EndAsync(process, errors);
    }

    /// <summary>Every record of a topic, in order of the partitions: partition, offset where asked for, timestamp, headers, key, value; lengths tell null from empty.</summary>
    public static async Task<string> DumpAsync(string broker, string topic, int partitions, bool withOffsets)
    {
        var dump = new StringWriter();
        for (var partition = 0; partition < partitions; partition++)
        {
            var format = $"%p{(withOffsets ? " %o" : "")} %T [%h] %K:%k %S:%s\n";
            using var process = Start(["-C", "-b", broker, "-t", topic, "-p", partition.ToString(), "-o", "beginning", "-e", "-q", "-X", "isolation.level=read_committed", "-f", format]);
            var errors = process.StandardError.ReadToEndAsync();
            await dump.WriteAsync(await process.StandardOutput.ReadToEndAsync());
            await EndAsync(process, errors);
        }

        return dump.ToString();
    }

    public static string Hash(string dump) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(dump)));

    private static Process Start(IEnumerable<string> arguments, bool input = false) => Process.Start(
        new ProcessStartInfo("kcat", arguments) { RedirectStandardInput = input, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task EndAsync(Process process, Task<string> errors)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(deadline.Token);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"kcat ended with {process.ExitCode}: {await errors}");
    }
}
