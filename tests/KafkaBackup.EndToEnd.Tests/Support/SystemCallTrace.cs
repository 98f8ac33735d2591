using System.Globalization;
using System.Text.RegularExpressions;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>A call that a process made to its kernel and that succeeded.</summary>
/// <param name="Began">Its line's place in the trace at its start.</param>
/// <param name="Ended">The same at its end; calls of several threads overlap.</param>
/// <param name="Name">Such as fsync.</param>
/// <param name="Paths">The paths it names: those in quotes, else those of its descriptors.</param>
internal sealed record SystemCall(int Began, int Ended, string Name, IReadOnlyList<string> Paths);

/// <summary>What strace, a witness that knows nothing of us, sees a process do to its files.</summary>
internal static partial class SystemCallTrace
{
    private const string Calls = "write,pwrite64,pwritev,fsync,fdatasync,link,linkat,rename,renameat,renameat2";

    public static bool IsHere { get; } = File.Exists("/usr/bin/strace");

    /// <summary>Runs the command line under strace.</summary>
    public static async Task<(CliResult Result, IReadOnlyList<SystemCall> Calls)> RunAsync(string folder, params string[] arguments)
    {
        var trace = Path.Combine(folder, "trace");
        await using var process = ToolProcess.Start(
            "/usr/bin/strace", ["-f", "--seccomp-bpf", "-y", "-qq", "-s", "256", "-e", $"trace={Calls}", "-o", trace, "dotnet", KafkaBackupCli.Program, .. arguments], folder);
        var exit = await process.WaitAsync();
        return (new CliResult(exit, process.Output, process.Errors), Parse(await File.ReadAllLinesAsync(trace)));
    }

    private static List<SystemCall> Parse(string[] lines)
    {
        var calls = new List<SystemCall>();
        var unfinished = new Dictionary<string, (int Line, string Text)>();
        for (var line = 0; line < lines.Length; line++)
        {
            if (Line().Match(lines[line]) is not { Success: true } match)
                continue;
            var (thread, text, began) = (match.Groups["thread"].Value, match.Groups["text"].Value, line);
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                unfinished[thread] = (line, text);
                continue;
            }

            if (text.StartsWith("<... ", StringComparison.Ordinal) && unfinished.Remove(thread, out var start))
                (began, text) = (start.Line, start.Text + text);
            var result = Result().Match(text);
            if (!result.Success || long.Parse(result.Groups["value"].Value, CultureInfo.InvariantCulture) < 0)
                continue;
            var name = text[..text.IndexOf('(')];
            var quoted = name is "write" or "pwrite64" or "pwritev" ? [] : Quoted().Matches(text).Select(m => m.Groups["path"].Value).ToList();
            calls.Add(new SystemCall(began, line, name, quoted.Count > 0 ? quoted : [.. Descriptor().Matches(text).Take(1).Select(m => m.Groups["path"].Value)]));
        }

        return calls;
    }

    [GeneratedRegex(@"^(?<thread>\d+) +(?<text>.+)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"= (?<value>-?\d+)[^=]*$")]
    private static partial Regex Result();

    [GeneratedRegex("\"(?<path>[^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\(\d+<(?<path>[^>]*)>")]
    private static partial Regex Descriptor();
}
