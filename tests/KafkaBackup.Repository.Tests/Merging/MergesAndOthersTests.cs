using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>Merges beside backups, restores, prunes and other merges: who comes in whose way, and what stays for whom.</summary>
public sealed class MergesAndOthersTests
{
    private static readonly RetentionPolicy All = new() { KeepLast = 100 };

    private readonly MemoryObjectStore memory = new();
    private readonly FakeTimeProvider clock = new(SomeEpochs.Time.AddDays(2));

    [Fact]
    public async Task What_was_replaced_stays_until_an_epoch_was_made_on_top()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        // A writer that reads what it builds on, sleeps, and wakes up when all is done.
        var commit = await MergeRepositories.PrepareAsync(repository, await repository.LatestAsync());
        await MergeRepositories.MergeAsync(repository);
        var before = await SegmentsAsync();

        Assert.Equal(0, (await new Pruner(repository, clock).PlanAsync(new RetentionPolicy { KeepLast = 1 })).Bytes);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 1 });
        Assert.Equal(before, await SegmentsAsync());

        await commit();
        await PrunerTests.PruneAsync(repository, All);
        Assert.Equal(24, before.Except(await SegmentsAsync()).Count());
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Equal(50 * 2, (await PruneRepositories.ContentsAsync(repository, [5])).Count);

        async Task<List<string>> SegmentsAsync() => [.. (await PruneRepositories.DataAsync(memory)).Where(name => !name.StartsWith("lists/", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_restore_that_begins_after_the_replaced_lists_are_gone_is_in_no_prunes_way()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        await MergeRepositories.MergeAsync(repository);
        await MergeRepositories.AddAsync(repository);
        await PrunerTests.PruneAsync(repository, All);
        var before = await PruneRepositories.ContentsAsync(repository, [2]);

        await new RestorePins(memory).PinAsync("r1", 2, clock.GetUtcNow());
        var plan = await new Pruner(repository, clock).PlanAsync(new RetentionPolicy { KeepLast = 1 });
        Assert.Equal([1, 3, 4], plan.Remove.Select(epoch => epoch.Epoch));
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 1 });

        Assert.Equal(before, await PruneRepositories.ContentsAsync(repository, [2]));
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task A_list_that_an_epoch_is_read_by_stops_every_prune_if_it_is_missing()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        var merge = (await MergeRepositories.MergeAsync(repository))!;
        var list = RepositoryNames.List(merge.Lists["orders/life-1"].Lists[0]);
        memory.Objects.Remove(list);

        Assert.Contains(list, (await Assert.ThrowsAsync<DamagedObjectException>(() => new Pruner(repository, clock).PlanAsync(All))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_that_did_not_know_of_the_merge_names_its_own_lists_and_they_are_read()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        // Its lists are made of those of the manifest: the merge is not there for it.
        await MergeRepositories.MergeAsync(repository);
        var merge = memory.Objects["merges/00000000000000000001.json"];
        memory.Objects.Remove("merges/00000000000000000001.json");
        var old = await BackupRepository.OpenAsync(memory);
        await MergeRepositories.AddAsync(old);
        memory.Objects["merges/00000000000000000001.json"] = merge;
        repository = await BackupRepository.OpenAsync(memory);
        var before = await MergeRepositories.ContentsAsync(repository);

        Assert.Equal(10, (await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders")).Count);
        Assert.Equal(2, (await repository.ReadSegmentsAsync(await repository.ReadEpochAsync(4), "orders")).Count);
        await MergeRepositories.AddAsync(repository);
        await PrunerTests.PruneAsync(repository, All);
        foreach (var level in (VerificationLevel[])[VerificationLevel.Quick, VerificationLevel.Full])
            Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(level)).Findings);
        Assert.Equal(before, (await MergeRepositories.ContentsAsync(repository)).Take(before.Count));

        // The next merge brings all of them together again.
        await MergeRepositories.MergeAsync(repository, "2");
        await MergeRepositories.AddAsync(repository);
        await PrunerTests.PruneAsync(repository, All);
        Assert.Equal(before, (await MergeRepositories.ContentsAsync(repository)).Take(before.Count));
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.DoesNotContain(await PruneRepositories.DataAsync(memory), name => name.Contains("/merge-1/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_restore_that_is_at_work_goes_on_with_the_segments_that_it_began_with()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        await MergeRepositories.MergeAsync(repository);
        await MergeRepositories.AddAsync(repository);
        await new RestorePins(memory).PinAsync("r1", 4, clock.GetUtcNow());
        await new RestorePins(memory).PinAsync("r0", 3, clock.GetUtcNow());
        var (began, own) = (await repository.NewestMergeAsync(), 0);
        var before = await SegmentsAsync(3, began);
        var beforeMerges = await SegmentsAsync(4, own);

        await MergeRepositories.AddAsync(repository);
        await MergeRepositories.MergeAsync(repository, "2");
        await MergeRepositories.AddAsync(repository);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 1 });

        Assert.Equal(["epochs/00000000000000000003.json", "epochs/00000000000000000004.json", "epochs/00000000000000000007.json"], await SomeKeys.ListAsync(memory, "epochs/"));
        Assert.Equal(before, await SegmentsAsync(3, began));
        Assert.Equal(beforeMerges, await SegmentsAsync(4, own));
        foreach (var (epoch, merge) in ((long, long)[])[(3, began), (4, own), (4, 2)])
            await ReadAsync(epoch, merge);

        await memory.CreateAsync("restores/r0/report.json", "{}"u8.ToArray());
        await memory.CreateAsync("restores/r1/report.json", "{}"u8.ToArray());
        await PrunerTests.PruneAsync(repository, All);
        repository = await BackupRepository.OpenAsync(memory);
        await Assert.ThrowsAsync<DamagedObjectException>(() => SegmentsAsync(4, own));
        Assert.Equal(await PruneRepositories.NeededAsync(repository), await PruneRepositories.DataAsync(memory));

        async Task<List<string>> SegmentsAsync(long epoch, long merge) =>
            [.. (await repository.ReadSegmentsAsync(await repository.ReadEpochAsync(epoch, merge), "orders")).Select(segment => $"{segment.Object} {segment.From} {segment.To}")];

        async Task ReadAsync(long epoch, long merge)
        {
            await using var reader = new PartitionReader(memory, "orders", await repository.ReadSegmentsAsync(await repository.ReadEpochAsync(epoch, merge), "orders"));
            while (await reader.ReadAsync())
            {
            }
        }
    }

    [Fact]
    public async Task Two_prunes_that_keep_lists_for_different_restores_leave_nothing_that_no_list_leads_to()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        await MergeRepositories.MergeAsync(repository);
        await MergeRepositories.AddAsync(repository);
        await new RestorePins(memory).PinAsync("r1", 1, clock.GetUtcNow());
        var begun = (await new Pruner(repository, clock).BeginAsync(All)).Begun!;

        // The first one keeps the first epoch's list, and its segments for the sake of that.
        var slow = new HesitantStore(memory);
        var first = new Pruner(await BackupRepository.OpenAsync(slow), clock).DeleteObjectsAsync(begun);
        await slow.Hesitates.WaitAsync(Eventually.Soon);
        // The second one keeps the third epoch's, and the same segments for the sake of that.
        await memory.CreateAsync("restores/r1/report.json", "{}"u8.ToArray());
        await new RestorePins(memory).PinAsync("r3", 3, clock.GetUtcNow());
        await new Pruner(repository, clock).DeleteObjectsAsync(begun);
        slow.GoOn();
        await first;

        Assert.Equal([begun], await new Pruner(repository, clock).UnfinishedAsync());
        await memory.CreateAsync("restores/r3/report.json", "{}"u8.ToArray());
        await PrunerTests.PruneAsync(repository, All);
        Assert.Equal(await PruneRepositories.NeededAsync(repository), await PruneRepositories.DataAsync(memory));
        Assert.Empty(await new Pruner(repository, clock).UnfinishedAsync());
    }

    [Fact]
    public async Task Of_two_merges_at_once_one_is_refused_and_what_it_left_goes_in_the_end()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        var plan = await new Merger(repository).PlanAsync(MergeRepositories.All);
        await MergeHistory.MergeAsync(repository, plan, "1");
        var before = memory.Objects.Keys.Order().ToList();

        var error = await Assert.ThrowsAsync<MergeConflictException>(() => MergeHistory.MergeAsync(repository, plan, "2"));

        Assert.Equal(1, error.Number);
        Assert.Contains("merge-1 on host-1", error.Message);
        Assert.NotEqual(before, memory.Objects.Keys.Order());
        Assert.Equal(["merge-2"], (await CollectAsync()).Waiting);
        clock.Advance(OrphanCollector.DefaultAge);
        Assert.True((await CollectAsync()).Removed > 6);
        Assert.Equal(before.Append("collected/merge-2.json").Order(), memory.Objects.Keys.Order());
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);

        // What was removed of it is not committed any more.
        var third = await new Merger(repository).PlanAsync(MergeRepositories.All with { LeastSegments = 2, SegmentBytes = 10_000 });
        Assert.Empty(third.Lineages);
        await MergeRepositories.AddAsync(repository);
        await MergeRepositories.AddAsync(repository);
        var late = await Assert.ThrowsAsync<MergeConflictException>(() => MergeRepositories.MergeAsync(repository, "2"));
        Assert.Contains("prune removed what it had written", late.Message);

        async Task<(IReadOnlyList<string> Waiting, int Removed)> CollectAsync() => await new OrphanCollector(repository, clock).CollectAsync(OrphanCollector.DefaultAge);
    }

    [Fact]
    public async Task A_merge_that_holds_the_lease_is_no_dead_one()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        var plan = await new Merger(repository).PlanAsync(MergeRepositories.All);
        await new WriterLease(memory, new LeaseHolder("merge-1", "host-1"), new LeaseOptions(), clock).TakeAsync();
        await new Merger(repository).MergeAsync(plan, plan.Lineages, "merge-1", MergeShare.Whole);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["merge-1"], (await new OrphanCollector(repository, clock).CollectAsync(OrphanCollector.DefaultAge)).Waiting);
            clock.Advance(OrphanCollector.DefaultAge);
        }
    }

    [Fact]
    public async Task A_commit_that_is_repeated_after_a_merge_finds_its_epoch()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        var commit = await MergeRepositories.PrepareAsync(repository, await repository.LatestAsync());
        var first = await commit();
        // A merge at the parent is committed now, which began before: the lists that are appended to are others.
        var manifest = memory.Objects[RepositoryNames.Epoch(first.Sequence)];
        memory.Objects.Remove(RepositoryNames.Epoch(first.Sequence));
        await MergeRepositories.MergeAsync(repository);
        memory.Objects[RepositoryNames.Epoch(first.Sequence)] = manifest;
        var before = memory.Objects.Keys.Order().ToList();

        var again = await commit();

        Assert.Equal((first.CoreHash, first.Run), (again.CoreHash, again.Run));
        // Nor does it leave lists behind that nothing leads to.
        Assert.Equal(before, memory.Objects.Keys.Order());
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    /// <summary>Waits before it deletes anything.</summary>
    private sealed class HesitantStore(IObjectStore inner) : DelegatingStore(inner)
    {
        private readonly TaskCompletionSource hesitates = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Hesitates => hesitates.Task;

        public void GoOn() => goesOn.SetResult();

        public override async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
        {
            hesitates.TrySetResult();
            await goesOn.Task.WaitAsync(Eventually.Soon, cancellationToken);
            await base.DeleteAsync(name, cancellationToken);
        }
    }
}
