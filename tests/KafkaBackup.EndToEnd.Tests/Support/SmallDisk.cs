using KafkaBackup.Testing.Processes;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>A disk in memory that holds so much and no more.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    /// <summary>Whether this process may mount one.</summary>
    public static bool CanBe => OperatingSystem.IsLinux() && Environment.UserName == "root";

    public static async Task<SmallDisk> MountAsync(string folder, long bytes)
    {
        Directory.CreateDirectory(folder);
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", folder);
        return new SmallDisk(folder);
    }

    public Task EnlargeAsync(long bytes) => RunAsync("mount", "-o", $"remount,size={bytes}", _folder);

    public async ValueTask DisposeAsync() => await RunAsync("umount", _folder);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        await using var process = ToolProcess.Start(program, arguments);
        if (await process.WaitAsync() != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {process.Errors}");
    }
}
