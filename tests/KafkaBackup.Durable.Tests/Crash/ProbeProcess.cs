using System.Diagnostics;
using KafkaBackup.Durable.Testing.Crash;

namespace KafkaBackup.Durable.Tests.Crash;

/// <summary>A <see cref="CrashProbe"/> in a process of its own.</summary>
internal sealed class ProbeProcess : IDisposable
{
    private readonly Process process;

    private ProbeProcess(Process process) => this.process = process;

    public bool HasEnded => process.HasExited;

    /// <summary>Whether a signal ended it.</summary>
    public bool WasKilled => process.HasExited && process.ExitCode == 128 + 9;

    /// <param name="folder">Where its store and its effects are.</param>
    /// <param name="workflow">What it runs.</param>
    /// <param name="point">The <see cref="StopPoint"/> where it kills itself; null: nowhere.</param>
    public static ProbeProcess Start(string folder, string workflow, string? point = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[CrashProbe.FolderVariable] = folder;
        start.Environment[CrashProbe.WorkflowVariable] = workflow;
        start.Environment[CrashProbe.PointVariable] = point;
        return new(Process.Start(start)!);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Whether that was a kill.</returns>
    public async Task<bool> HasKilledItselfAsync(TimeSpan limit)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(limit);
        return WasKilled || process.ExitCode == 0 ? WasKilled : throw new InvalidOperationException($"The probe ended with {process.ExitCode}: {await output} {await errors}");
    }

    /// <summary>Ends it as kill -9 does, unless it has ended by itself.</summary>
    /// <returns>Whether it was killed in the middle.</returns>
    public async Task<bool> KillAfterAsync(TimeSpan delay)
    {
        using var patience = new CancellationTokenSource(delay);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
            return true;
        }
    }

    /// <returns>What it printed.</returns>
    public async Task<string> EndAsync(TimeSpan limit)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(limit);
        return process.ExitCode == 0 ? (await output).Trim() : throw new InvalidOperationException($"The probe ended with {process.ExitCode}: {await errors}");
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
