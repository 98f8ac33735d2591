using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Leases;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Merging;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Retention;

/// <summary>What runs left that never came to their epoch.</summary>
public sealed class OrphanCollectorTests
{
    private readonly MemoryObjectStore memory = new();
    private readonly FakeTimeProvider clock = new(SomeEpochs.Time.AddDays(2));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_goes_when_it_has_been_seen_lying_for_long_and_nothing_else_does(bool encrypted)
    {
        IObjectStore store = encrypted ? SomeKeys.Protect(memory, SomeKeys.KeyFile(1), NameVisibility.Hidden) : memory;
        var repository = await PruneRepositories.FillAsync(store, packed: true);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 2 });
        var before = await PruneRepositories.DataAsync(store);
        await LeaveAsync(store);
        var left = (await PruneRepositories.DataAsync(store)).Except(before).Order().ToList();
        Assert.True(left.Count > 3);

        Assert.Equal("run-7: 0", await CollectAsync(repository));
        clock.Advance(OrphanCollector.DefaultAge - TimeSpan.FromSeconds(1));
        Assert.Equal("run-7: 0", await CollectAsync(repository));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal($": {left.Count}", await CollectAsync(repository));

        Assert.Equal(before, await PruneRepositories.DataAsync(store));
        Assert.Equal(": 0", await CollectAsync(repository));
    }

    [Fact]
    public async Task What_runs_have_handed_from_step_to_step_goes_after_as_long_whether_they_came_to_their_epoch_or_not()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: true);
        var done = (await repository.LatestAsync())!.Run.Generation;
        var before = await PruneRepositories.DataAsync(memory);
        foreach (var name in (string[])[$"runs/{done}/cut.json", "runs/dead/cut.json", "runs/dead/slice.json"])
            await memory.CreateAsync(name, "{}"u8.ToArray());

        Assert.Equal("dead: 0", await CollectAsync(repository));
        clock.Advance(OrphanCollector.DefaultAge - TimeSpan.FromSeconds(1));
        Assert.Equal("dead: 0", await CollectAsync(repository));
        Assert.Equal(3, (await SomeKeys.ListAsync(memory, "runs/")).Count);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(": 3", await CollectAsync(repository));

        Assert.Empty(await SomeKeys.ListAsync(memory, "runs/"));
        Assert.Equal(["collected/dead.json"], await SomeKeys.ListAsync(memory, "collected/"));
        Assert.Equal(before, await PruneRepositories.DataAsync(memory));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lists_of_an_attempt_that_died_before_a_merge_came_go_after_as_long(bool isMergedBefore)
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        if (isMergedBefore)
        {
            await MergeRepositories.MergeAsync(repository, policy: MergeRepositories.All with { SegmentBytes = 600 });
            await MergeRepositories.AddAsync(repository);
        }

        var commit = await MergeRepositories.PrepareAsync(repository, await repository.LatestAsync());
        var before = await SomeKeys.ListAsync(memory, "lists/");
        memory.BeforeChange = name =>
        {
            if (name.StartsWith("epochs/", StringComparison.Ordinal))
                throw new IOException("killed");
        };
        await Assert.ThrowsAsync<IOException>(commit);
        memory.BeforeChange = null;
        var left = Assert.Single((await SomeKeys.ListAsync(memory, "lists/")).Except(before));
        await MergeRepositories.MergeAsync(repository, "2");
        await commit();
        await MergeRepositories.AddAsync(repository);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 100 });
        var data = await PruneRepositories.DataAsync(memory);
        Assert.Contains(left, data);

        Assert.Equal(": 0", await CollectAsync(repository));
        clock.Advance(OrphanCollector.DefaultAge - TimeSpan.FromSeconds(1));
        Assert.Equal(": 0", await CollectAsync(repository));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(": 1", await CollectAsync(repository));

        Assert.Equal(data.Where(name => name != left), await PruneRepositories.DataAsync(memory));
        Assert.Equal(await PruneRepositories.NeededAsync(repository), await PruneRepositories.DataAsync(memory));
    }

    [Fact]
    public async Task A_run_that_comes_to_its_epoch_after_all_keeps_everything_that_leads_to_it()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var lists = await SomeKeys.ListAsync(memory, "lists/");
        var backup = await LeaveAsync(memory);
        var left = Assert.Single((await SomeKeys.ListAsync(memory, "lists/")).Except(lists));
        await CollectAsync(repository);
        var parent = await repository.ReadEpochAsync(PruneRepositories.Epochs);
        await repository.CommitAsync(Core(parent, backup), SomeEpochs.Added(("orders", [backup])), SomeEpochs.Run(7));
        var before = await PruneRepositories.DataAsync(memory);

        clock.Advance(OrphanCollector.DefaultAge * 2);
        // The list of the attempt before is another one than the epoch's.
        Assert.Equal(": 1", await CollectAsync(repository));

        Assert.Equal(before.Where(name => name != left), await PruneRepositories.DataAsync(memory));
        Assert.Empty(await SomeKeys.ListAsync(memory, "orphans/"));
        Assert.Equal(": 0", await CollectAsync(repository));
    }

    [Fact]
    public async Task A_run_that_wakes_up_when_its_data_is_gone_commits_nothing()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var backup = await LeaveAsync(memory);
        await CollectAsync(repository);
        clock.Advance(OrphanCollector.DefaultAge);
        await CollectAsync(repository);

        var parent = await repository.ReadEpochAsync(PruneRepositories.Epochs);
        var refused = await Assert.ThrowsAsync<EpochConflictException>(() => repository.CommitAsync(Core(parent, backup), SomeEpochs.Added(("orders", [backup])), SomeEpochs.Run(7)));

        Assert.Contains("run the backup again", refused.Message);
        Assert.Equal(PruneRepositories.Epochs, (await repository.LatestAsync())!.Sequence);
    }

    [Fact]
    public async Task A_run_that_commits_while_it_is_collected_keeps_its_data()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var backup = await LeaveAsync(memory);
        await CollectAsync(repository);
        clock.Advance(OrphanCollector.DefaultAge);
        var parent = await repository.ReadEpochAsync(PruneRepositories.Epochs);
        memory.BeforeChange = name =>
        {
            if (name != "collected/run-7.json")
                return;
            memory.BeforeChange = null;
            repository.CommitAsync(Core(parent, backup), SomeEpochs.Added(("orders", [backup])), SomeEpochs.Run(7)).GetAwaiter().GetResult();
        };

        Assert.Equal(": 0", await CollectAsync(repository));

        Assert.NotEmpty(await PruneRepositories.ContentsAsync(repository, [7]));
    }

    [Fact]
    public async Task A_run_that_wakes_up_and_takes_the_lease_while_it_is_collected_keeps_its_data_and_is_refused()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        var backup = await LeaveAsync(memory);
        var left = await PruneRepositories.DataAsync(memory);
        await CollectAsync(repository);
        clock.Advance(OrphanCollector.DefaultAge);
        memory.BeforeChange = name =>
        {
            if (name != "collected/run-7.json")
                return;
            memory.BeforeChange = null;
            new WriterLease(memory, new LeaseHolder("run-7", "host-1"), new LeaseOptions(), clock).TakeAsync().GetAwaiter().GetResult();
        };

        Assert.Equal(": 0", await CollectAsync(repository));

        Assert.Equal(left, await PruneRepositories.DataAsync(memory));
        var parent = await repository.ReadEpochAsync(PruneRepositories.Epochs);
        await Assert.ThrowsAsync<EpochConflictException>(() => repository.CommitAsync(Core(parent, backup), SomeEpochs.Added(("orders", [backup])), SomeEpochs.Run(7)));
    }

    [Fact]
    public async Task A_run_that_holds_the_lease_may_take_as_long_as_it_likes()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        await LeaveAsync(memory);
        var lease = new WriterLease(memory, new LeaseHolder("run-7", "host-1"), new LeaseOptions(), clock);
        await lease.TakeAsync();
        await CollectAsync(repository);
        clock.Advance(OrphanCollector.DefaultAge * 3);

        Assert.Equal("run-7: 0", await CollectAsync(repository));
        await lease.ReturnAsync();
        Assert.Equal("run-7: 0", await CollectAsync(repository));
        clock.Advance(OrphanCollector.DefaultAge);
        Assert.NotEqual("run-7: 0", await CollectAsync(repository));
    }

    [Fact]
    public async Task The_runs_of_epochs_that_were_removed_are_not_taken_for_dead_ones()
    {
        var repository = await PruneRepositories.FillAsync(memory, packed: false);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 1 });

        Assert.Equal(": 0", await CollectAsync(repository));
        clock.Advance(OrphanCollector.DefaultAge);
        Assert.Equal(": 0", await CollectAsync(repository));
    }

    private static EpochCore Core(Epoch parent, PartitionBackup backup) =>
        SomeEpochs.Core(parent, SomeEpochs.Topic("orders", []) with { Partitions = [SomeEpochs.Of(backup, 40)] });

    /// <summary>A run that died between its lists and its manifest.</summary>
    private async Task<PartitionBackup> LeaveAsync(IObjectStore store)
    {
        var backup = await SomeEpochs.WriteAsync(store, 7, "orders", 0, 50, 60, SomeRecords.Batch(50, 10, 5));
        await new SegmentJournal(store).AppendAsync([new JournalNews("orders", "life-1", [], backup.Segments)], "run-7", default);
        return backup;
    }

    private async Task<string> CollectAsync(BackupRepository repository)
    {
        var (waiting, removed) = await new OrphanCollector(repository, clock).CollectAsync(OrphanCollector.DefaultAge);
        return $"{string.Join(", ", waiting)}: {removed}";
    }
}
