using System.Diagnostics;

namespace KafkaBackup.Testing.Processes;

/// <summary>A disk that is full for one process alone: no file of it may grow, or be written at all, until there is room again. It takes no rights (setrlimit).</summary>
public static class FullDisk
{
    /// <summary>Starts the command line such that a full disk is an error to it and not its death (SIGXFSZ).</summary>
    public static ToolProcess Start(string folder, params string[] arguments) =>
        ToolProcess.Start("sh", ["-c", "trap '' XFSZ; exec \"$@\"", "sh", "dotnet", KafkaBackupCli.Program, .. arguments], folder);

    public static void Fill(ToolProcess process) => Limit(process.Id, "0");

    public static void Free(ToolProcess process) => Limit(process.Id, "unlimited");

    private static void Limit(int process, string soft)
    {
        using var limit = Process.Start(new ProcessStartInfo("prlimit", ["--pid", $"{process}", $"--fsize={soft}:unlimited"]) { RedirectStandardError = true })!;
        limit.WaitForExit();
        if (limit.ExitCode != 0)
            throw new InvalidOperationException($"prlimit: {limit.StandardError.ReadToEnd()}");
    }
}
