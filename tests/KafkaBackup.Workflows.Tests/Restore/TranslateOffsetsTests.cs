using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Testing.Storage;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Tests.Support;
using Xunit;

namespace KafkaBackup.Workflows.Tests.Restore;

/// <summary>The offsets of an epoch's groups go through the maps of what was written, and nothing else does.</summary>
public sealed class TranslateOffsetsTests
{
    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task The_chosen_groups_offsets_of_restored_partitions_are_translated_and_say_whether_they_were_moving()
    {
        await CommitEpochAsync(
            new GroupEpoch("b", [new("orders", 0, 12, 3, "noted", GroupOffsetState.Exact), new("orders", 1, 7, 3, "", GroupOffsetState.Moving)]),
            new GroupEpoch("a", [new("orders", 1, 5, -1, "", GroupOffsetState.Exact), new("other", 0, 1, -1, "", GroupOffsetState.Exact)]),
            new GroupEpoch("not-chosen", [new("orders", 0, 12, 3, "", GroupOffsetState.Exact)]));
        var artifacts = new RestoreArtifacts(store, "r1");
        await artifacts.WriteMapAsync(new StoredOffsetMap("orders", "copy", 0, 100, 105, [[10, 100, 5]]), default);
        await artifacts.WriteMapAsync(new StoredOffsetMap("orders", "copy", 1, 0, 4, [[5, 0, 4]]), default);

        var request = new TranslateRequest(
            new RestoreRequest { Cluster = "c", Repository = "r" },
            new RestorePlan("r1", 1, [new TopicPlan("orders", "life-1", "copy", false, 1, new Dictionary<string, string?>(), 1000, [new(0, 10, 15), new(1, 5, 9)])], ["a", "b"], []),
            [new RestoredSlice([new("orders", "copy", 1, 4, 0, 4, 0, 0, "")]), new RestoredSlice([new("orders", "copy", 0, 5, 100, 105, 0, 0, "")])]);
        var translated = await new TranslateOffsets(new FixedConnections(store)).RunAsync(new Attempted(1), request);

        Assert.Equal(
            [
                new TranslatedOffset("a", "orders", "copy", 1, 5, 0, OffsetRule.Exact, false, ""),
                new TranslatedOffset("b", "orders", "copy", 0, 12, 102, OffsetRule.Exact, false, "noted"),
                new TranslatedOffset("b", "orders", "copy", 1, 7, 2, OffsetRule.Exact, true, ""),
            ],
            translated.Offsets);
    }

    private async Task CommitEpochAsync(params GroupEpoch[] groups)
    {
        var repository = await BackupRepository.OpenOrCreateAsync(store, TimeProvider.System, Guid.Parse("00000000-0000-0000-0000-000000000001"));
        var run = new RunInfo("i", "g1", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "h", "p");
        await repository.CommitAsync(new EpochCore(1, null, new ClusterIdentity("c"), [], groups), new Dictionary<string, IReadOnlyList<SegmentReference>>(), run);
    }
}
