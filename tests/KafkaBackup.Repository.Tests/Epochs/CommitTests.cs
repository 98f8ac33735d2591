using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Tests.Merging;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Epochs;

/// <summary>The commit as a fence: between writers, between attempts, and against mistakes.</summary>
public sealed class CommitTests
{
    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task Of_two_writers_of_one_sequence_the_later_is_told_and_changes_nothing()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        await SomeEpochs.CommitAsync(repository, first, "orders", 5, 6, Some.Batch(5));
        var manifest = store.Objects["epochs/00000000000000000002.json"];

        var core = SomeEpochs.Core(first, SomeEpochs.Topic("orders", [new PartitionBackup(0, 5, 7, [], 0, 0, 0, -1, null)]));
        var error = await Assert.ThrowsAsync<EpochConflictException>(() => repository.CommitAsync(core, SomeEpochs.Added(), SomeEpochs.Run(2, "backup-2")));

        Assert.Equal(2, error.Sequence);
        Assert.Contains("backup-1 on host-1", error.Message);
        Assert.Same(manifest, store.Objects["epochs/00000000000000000002.json"]);
    }

    [Fact]
    public async Task Another_instance_with_the_very_same_core_is_another_writer()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var core = SomeEpochs.Core(null);
        await repository.CommitAsync(core, SomeEpochs.Added(), SomeEpochs.Run(1));

        await Assert.ThrowsAsync<EpochConflictException>(() => repository.CommitAsync(core, SomeEpochs.Added(), SomeEpochs.Run(1, "backup-2")));
    }

    [Fact]
    public async Task A_repeated_commit_finds_its_epoch_even_when_the_clock_has_gone_on()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var backup = await SomeEpochs.WriteAsync(store, 1, "orders", 0, 0, 5, Some.Batch(0, 4));
        var (core, added) = (SomeEpochs.Core(null, SomeEpochs.Topic("orders", [backup])), SomeEpochs.Added(("orders", [backup])));
        var first = await repository.CommitAsync(core, added, SomeEpochs.Run(1));
        var objects = store.Objects.ToDictionary();

        var again = await repository.CommitAsync(core, added, SomeEpochs.Run(1) with { SealedAt = SomeEpochs.Time.AddDays(1), Program = "kafka-backup 0.2.0" });

        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize(again));
        Assert.Equal(JsonSerializer.Serialize(first.OwnLists), JsonSerializer.Serialize(again.OwnLists));
        Assert.NotEmpty(again.OwnLists);
        Assert.Equal(objects, store.Objects);
    }

    [Fact]
    public async Task A_commit_that_is_interrupted_anywhere_can_be_repeated()
    {
        for (var fault = 1; fault <= 3; fault++)
        {
            store.Objects.Clear();
            var repository = await SomeEpochs.OpenAsync(store);
            var backup = await SomeEpochs.WriteAsync(store, 1, "orders", 0, 0, 5, Some.Batch(0, 4));
            var (core, added) = (SomeEpochs.Core(null, SomeEpochs.Topic("orders", [backup])), SomeEpochs.Added(("orders", [backup])));
            var changes = 0;
            var written = new List<string>();
            store.BeforeChange = name =>
            {
                written.Add(name.Split('/')[0]);
                if (++changes == fault)
                    throw new IOException("the process was killed here");
            };
            _ = await Record.ExceptionAsync(() => repository.CommitAsync(core, added, SomeEpochs.Run(1)));
            Assert.Equal(new[] { "lists", "epochs" }.Take(fault), written);
            Assert.Equal(fault == 3, await repository.LatestAsync() is not null);
            store.BeforeChange = null;

            await repository.CommitAsync(core, added, SomeEpochs.Run(1));

            Assert.Equal(1, (await repository.LatestAsync())!.Sequence);
        }
    }

    [Fact]
    public async Task A_parent_that_is_not_there_or_not_the_same_is_a_conflict()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var core = SomeEpochs.Core(first, SomeEpochs.Topic("orders", []));

        await Assert.ThrowsAsync<EpochConflictException>(() =>
            repository.CommitAsync(core with { Parent = new EpochParent(1, new string('0', 64)) }, SomeEpochs.Added(), SomeEpochs.Run(2)));
        await Assert.ThrowsAsync<EpochConflictException>(() =>
            repository.CommitAsync(core with { Sequence = 3, Parent = new EpochParent(2, first.CoreHash) }, SomeEpochs.Added(), SomeEpochs.Run(3)));
    }

    [Fact]
    public async Task A_core_that_contradicts_its_segments_is_refused()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var backup = await SomeEpochs.WriteAsync(store, 2, "orders", 0, 5, 20, Some.Join(Some.Batch(5, 4, 800), Some.Batch(10, 4, 800)));
        var count = store.Objects.Count;
        var topic = SomeEpochs.Topic("orders", [backup]);
        async Task Refused(EpochCore core, string message, params PartitionBackup[] partitions) => Assert.Contains(
            message,
            (await Assert.ThrowsAsync<ArgumentException>(() => repository.CommitAsync(core, SomeEpochs.Added(("orders", partitions)), SomeEpochs.Run(2)))).Message);
        EpochCore With(Func<PartitionEpoch, PartitionEpoch> change) => SomeEpochs.Core(first, topic with { Partitions = [change(topic.Partitions[0])] });

        await Refused(With(p => p with { From = 4 }), "a segment begins at 5", backup);
        await Refused(With(p => p with { To = 21 }), "end at 20", backup);
        await Refused(With(p => p with { Batches = 3 }), "batches", backup);
        await Refused(With(p => p with { Records = 3 }), "batches", backup);
        await Refused(With(p => p with { Bytes = 3 }), "batches", backup);
        await Refused(With(p => p with { MaxTimestamp = 3 }), "batches", backup);
        await Refused(With(p => p with { Digest = null }), "digest", backup);
        await Refused(With(p => p), "batches");
        await Refused(SomeEpochs.Core(first), "which the epoch does not hold", backup);
        await Refused(SomeEpochs.Core(first, topic with { Partitions = [] }), "orders-0, which the epoch does not hold", backup);
        await Refused(SomeEpochs.Core(first, topic, topic), "topic orders is there twice", backup);
        await Refused(With(p => p) with { Sequence = 1 }, "can't follow", backup);
        await Refused(SomeEpochs.Core(first, SomeEpochs.Topic("orders", [new PartitionBackup(0, 6, 7, [], 0, 0, 0, -1, null)])), "the one before ends at 5");
        await Refused(
            SomeEpochs.Core(first, topic), "a segment begins at 14", backup with { Segments = [backup.Segments[0] with { From = 5, To = 10 }, backup.Segments[1] with { From = 14 }] });
        Assert.Equal(count, store.Objects.Count);
    }

    [Fact]
    public async Task A_commit_that_is_repeated_when_its_epoch_is_removed_does_not_bring_it_back()
    {
        var repository = await MergeRepositories.FillAsync(store, 1);
        var commit = await MergeRepositories.PrepareAsync(repository, await repository.LatestAsync());
        var first = await commit();
        await MergeRepositories.AddAsync(repository);
        await new RestorePins(store).PinAsync("r1", 1, SomeEpochs.Time.AddDays(2));
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 1 });
        Assert.Equal([1L, 3], await PruneRepositories.SequencesAsync(repository));
        var before = store.Objects.Keys.Order().ToList();

        var again = await commit();

        Assert.Equal((first.CoreHash, first.Run), (again.CoreHash, again.Run));
        Assert.Equal(before, store.Objects.Keys.Order());
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);

        // Another run's is not taken for it.
        var refused = await Assert.ThrowsAsync<EpochConflictException>(
            () => repository.CommitAsync(first.Core with { Topics = [] }, new Dictionary<string, IReadOnlyList<SegmentReference>>(), first.Run with { Generation = "another" }));
        Assert.Contains("has committed it", refused.Message, StringComparison.Ordinal);
    }
}
