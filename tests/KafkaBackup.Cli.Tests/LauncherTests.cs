using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.Cli.Tests;

/// <summary>Which program <c>tools/kafka-backup</c> runs, in a tree of its own with a stand-in for dotnet that says what it was asked for.</summary>
public sealed class LauncherTests : IDisposable
{
    private static readonly DateTime Noon = new(2026, 5, 1, 12, 0, 0, DateTimeKind.Utc);
    private readonly TestFolder _folder = new();

    public LauncherTests()
    {
        Directory.CreateDirectory(_folder["tools"]);
        Directory.CreateDirectory(_folder["stand-in"]);
        File.Copy(ProjectTree.PathOf("tools", "kafka-backup"), _folder["tools/kafka-backup"]);
        File.WriteAllText(_folder["stand-in/dotnet"], "#!/bin/sh\necho \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder["stand-in/dotnet"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Put("artifacts/bin/KafkaBackup.Cli/release/kafka-backup.dll", Noon);
        Put("artifacts/bin/KafkaBackup.Cli/release/KafkaBackup.Kafka.dll", Noon);
    }

    [Fact]
    public async Task What_was_built_is_run_where_nothing_was_compiled_ahead() =>
        Assert.Equal($"{_folder["artifacts/bin/KafkaBackup.Cli/release/kafka-backup.dll"]} epochs --json", await RunAsync());

    [Fact]
    public async Task What_was_compiled_ahead_is_run_where_nothing_was_built_since()
    {
        Put("artifacts/ahead/kafka-backup.dll", Noon.AddMinutes(1));
        Assert.Equal($"{_folder["artifacts/ahead/kafka-backup.dll"]} epochs --json", await RunAsync());
    }

    [Theory]
    [InlineData("kafka-backup.dll")]
    [InlineData("KafkaBackup.Kafka.dll")]
    public async Task What_was_compiled_ahead_is_old_once_any_part_was_built_again(string part)
    {
        Put("artifacts/ahead/kafka-backup.dll", Noon.AddMinutes(1));
        Put($"artifacts/bin/KafkaBackup.Cli/release/{part}", Noon.AddMinutes(2));
        Assert.Equal($"{_folder["artifacts/bin/KafkaBackup.Cli/release/kafka-backup.dll"]} epochs --json", await RunAsync());
    }

    public void Dispose() => _folder.Dispose();

    private void Put(string path, DateTime written)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllText(_folder[path], "");
        File.SetLastWriteTimeUtc(_folder[path], written);
    }

    private async Task<string> RunAsync()
    {
        await using var process = ToolProcess.Start("bash", [_folder["tools/kafka-backup"], "epochs", "--json"], environment: new Dictionary<string, string>
        {
            ["PATH"] = $"{_folder["stand-in"]}:{Environment.GetEnvironmentVariable("PATH")}",
        });
        Assert.Equal(0, await process.WaitAsync());
        return process.Output.Trim();
    }
}
