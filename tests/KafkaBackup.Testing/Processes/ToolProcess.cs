using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace KafkaBackup.Testing.Processes;

/// <summary>A process that a test has started, and ends: nothing survives the test.</summary>
public sealed class ToolProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly BlockingCollection<string> _lines = [];

    private ToolProcess(ProcessStartInfo info)
    {
        _process = new Process { StartInfo = info, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data, _output);
        _process.ErrorDataReceived += (_, line) => Take(line.Data, _errors);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Locked(_output);

    public string Errors => Locked(_errors);

    public static ToolProcess Start(string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = false };
        if (folder is not null)
            info.WorkingDirectory = folder;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        return new ToolProcess(info);
    }

    /// <summary>Waits for the process to print a line with this in it.</summary>
    public string WaitForLine(string part)
    {
        var end = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < end)
        {
            if (_lines.TryTake(out var line, TimeSpan.FromMilliseconds(100)) && line.Contains(part, StringComparison.Ordinal))
                return line;
            if (_process.HasExited && _lines.Count == 0)
                break;
        }

        throw new TimeoutException($"'{part}' was not printed; it printed {Output} and {Errors}");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the wait for the end it leads to.</summary>
    public async Task<int> TerminateAsync()
    {
        if (!_process.HasExited)
            using (Process.Start("kill", ["-TERM", _process.Id.ToString()])!)
            {
            }

        return await WaitAsync();
    }

    public async Task<int> WaitAsync(TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? TimeSpan.FromMinutes(3));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            throw new TimeoutException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not end; it printed {Output} and {Errors}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Take(string? line, StringBuilder text)
    {
        if (line is null)
            return;
        lock (text)
            text.AppendLine(line);
        _lines.Add(line);
    }

    private static string Locked(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
