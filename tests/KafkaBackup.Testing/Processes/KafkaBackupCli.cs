namespace KafkaBackup.Testing.Processes;

/// <summary>What a run of the command line came to.</summary>
public sealed record CliResult(int Exit, string Output, string Errors)
{
    /// <summary>The last line of standard error.</summary>
    public string ErrorLine => Errors.TrimEnd().Split('\n')[^1];
}

/// <summary>The command line as users run it: a process of its own.</summary>
public static class KafkaBackupCli
{
    /// <summary>
    /// The program, to be run by dotnet: what the environment names, which tools/test has compiled ahead of time, since it is started some hundred times; else what is
    /// built beside what uses this, in the same configuration.
    /// </summary>
    public static readonly string Program = Environment.GetEnvironmentVariable("KAFKA_BACKUP_PROGRAM") is { Length: > 0 } ahead ? ahead : Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "KafkaBackup.Cli", Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)), "kafka-backup.dll"));

    public static ToolProcess Start(string folder, params string[] arguments) => ToolProcess.Start("dotnet", [Program, .. arguments], folder);

    public static async Task<CliResult> RunAsync(string folder, params string[] arguments)
    {
        await using var process = Start(folder, arguments);
        var exit = await process.WaitAsync();
        return new CliResult(exit, process.Output, process.Errors);
    }
}
