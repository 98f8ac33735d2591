using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Backup;
using KafkaBackup.Workflows.Leases;
using KafkaBackup.Workflows.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Backup;

public sealed class SealEpochTests
{
    [Fact]
    public async Task A_commit_whose_result_was_not_recorded_is_found_again_whatever_the_cluster_says_by_then()
    {
        var store = await CommittedAsync("mine");
        var report = await new SealEpoch(new FixedConnections(store), Leases(store)).RunAsync(new Attempted(2), Request("mine"));
        Assert.Equal((1, 1, 1), (report.Epoch, report.Topics, report.Partitions));
    }

    [Fact]
    public async Task Another_runs_epoch_is_not_taken_for_ones_own()
    {
        var store = await CommittedAsync("theirs");
        await Assert.ThrowsAsync<NotSupportedException>(() => new SealEpoch(new FixedConnections(store), Leases(store)).RunAsync(new Attempted(2), Request("mine")));
    }

    private static async Task<MemoryObjectStore> CommittedAsync(string generation)
    {
        var store = new MemoryObjectStore();
        var repository = await BackupRepository.OpenOrCreateAsync(store, TimeProvider.System, Guid.Parse("00000000-0000-0000-0000-000000000001"));
        var topic = new TopicEpoch("t", "id", "id", new Dictionary<string, string?>(), 1, [new PartitionEpoch(0, 0, 0, 0, 0, 0, 0, 0, -1, null)], [], []);
        await repository.CommitAsync(
            new EpochCore(1, null, new ClusterIdentity("c"), [topic], []), new Dictionary<string, IReadOnlyList<SegmentReference>>(),
            new RunInfo("i", generation, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "h", "p"));
        return store;
    }

    private static WriterLeases Leases(IObjectStore store) => new(new FixedConnections(store), new LeaseOptions(), TimeProvider.System, NullLogger<WriterLeases>.Instance);

    private static SealRequest Request(string generation) => new(
        new BackupRequest { Cluster = "c", Repository = "r" }, new EpochPlan(generation, 1, null, "c", ["t"]),
        new EpochCut(DateTimeOffset.UnixEpoch, [new TopicCut("t", "id", "id", 1, new Dictionary<string, string?>(), [new PartitionCut(0, 0, 0, 0, 0)])]),
        new GroupCapture([]), new GroupCapture([]), [], "i", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
}
