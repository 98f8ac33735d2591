using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>Two development brokers, each a process of its own, and a folder with a repository and the command line's state.</summary>
internal sealed class TwoClusters : IAsyncDisposable
{
    private readonly TestFolder _folder = new();

    private TwoClusters()
    {
    }

    public BrokerProcess Source { get; private set; } = null!;

    public BrokerProcess Target { get; private set; } = null!;

    public string Folder => _folder.Path;

    public string Repository => Path.Combine(Folder, "repository");

    /// <summary>Starts both; <paramref name="prepare"/> may lay log folders into the source's data folder.</summary>
    public static TwoClusters Start(Action<string>? prepare = null, string[]? sourceArguments = null, string[]? targetArguments = null)
    {
        var clusters = new TwoClusters();
        prepare?.Invoke(clusters._folder["source"]);
        clusters.Source = BrokerProcess.Start(clusters._folder["source"], sourceArguments ?? []);
        clusters.Target = BrokerProcess.Start(clusters._folder["target"], targetArguments ?? []);
        return clusters;
    }

    public Task<CliResult> BackupAsync(params string[] options) =>
        KafkaBackupCli.RunAsync(Folder, ["backup", "--bootstrap-server", Source.Address, "--repository", $"file:{Repository}", .. options]);

    public Task<CliResult> RestoreAsync(params string[] options) =>
        KafkaBackupCli.RunAsync(Folder, ["restore", "--bootstrap-server", Target.Address, "--repository", $"file:{Repository}", .. options]);

    public Task<CliResult> VerifyAsync() => KafkaBackupCli.RunAsync(Folder, "verify", "--repository", $"file:{Repository}", "--level", "full");

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
        _folder.Dispose();
    }
}
