using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>A repository in which two writers were at work at once, on a store that did not keep them apart.</summary>
public sealed class ForkTests : IDisposable
{
    private static readonly Guid Id = Guid.Parse("4d1b5b0e-6a3e-4a55-8d4c-0f5f2c1f3a77");

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Verify_tells_a_fork_with_its_remedy_and_exits_with_4()
    {
        var first = await CommitAsync("ours", null, "run-a");
        var second = await CommitAsync("ours", first, "run-a2");
        await CommitAsync("ours", second, "run-a3");
        await CommitAsync("theirs", null, "run-a");
        await CommitAsync("theirs", first, "run-b2");
        // What the other writer's file does that comes late, where nothing stops it.
        File.Copy(ManifestOf("theirs", 2), ManifestOf("ours", 2), overwrite: true);

        var words = await KafkaBackupCli.RunAsync(folder.Path, "verify", "-r", "file:ours");
        var json = await KafkaBackupCli.RunAsync(folder.Path, "verify", "-r", "file:ours", "--json");

        Assert.Equal((4, 4), (words.Exit, json.Exit));
        Assert.StartsWith("damage: epoch 3: epochs/00000000000000000003.json: the chain forks: epochs/00000000000000000002.json", words.Output, StringComparison.Ordinal);
        Assert.Contains("run-b2 on host-1", words.Output);
        Assert.Contains("What to do: each of the two epochs is whole by itself", words.Output);
        Assert.Contains("epoch 2: all can be restored\nepoch 3: all can be restored\n1 findings", words.Output);
        Assert.StartsWith("kafka-backup: damage found: epochs/00000000000000000003.json: the chain forks", words.Errors, StringComparison.Ordinal);
        Assert.Contains("into another repository", JsonDocument.Parse(json.Output).RootElement.GetProperty("findings")[0].Text("remedy"));
    }

    private string ManifestOf(string place, int epoch) => Path.Combine(folder[place], "epochs", $"{epoch:D20}.json");

    private async Task<Epoch> CommitAsync(string place, Epoch? parent, string run)
    {
        var repository = await BackupRepository.OpenOrCreateAsync(new FileSystemObjectStore(folder[place]), TimeProvider.System, Id);
        var core = new EpochCore((parent?.Sequence ?? 0) + 1, parent is null ? null : new EpochParent(parent.Sequence, parent.CoreHash), new ClusterIdentity("cluster"), [], [new GroupEpoch(run, [])]);
        return await repository.CommitAsync(core, new Dictionary<string, IReadOnlyList<SegmentReference>>(), new RunInfo("backup", run, default, default, default, "host-1", "test"));
    }
}
