using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Retention;

/// <summary>A restore at work keeps its epoch.</summary>
public sealed class RestorePinTests
{
    private readonly MemoryObjectStore store = new();
    private readonly FakeTimeProvider clock = new(SomeEpochs.Time.AddDays(2));

    [Fact]
    public async Task The_epoch_of_a_restore_stays_until_its_report_is_there_and_the_reason_is_told()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        await new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow());

        var plan = await PlanAsync(repository);
        Assert.Equal(["restore r1"], plan.Keep.Single(k => k.Epoch == 3).Reasons);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 1 });
        Assert.Equal([3L, 6], await PruneRepositories.SequencesAsync(repository));
        Assert.NotEmpty(await PruneRepositories.ContentsAsync(repository, [3]));

        await store.CreateAsync("restores/r1/report.json", "{}"u8.ToArray());
        Assert.Equal([6L], (await PlanAsync(repository)).Keep.Select(k => k.Epoch));
    }

    [Fact]
    public async Task A_restore_that_was_given_up_keeps_its_epoch_for_thirty_days()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        await new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow());

        clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal([3L, 6], (await PlanAsync(repository)).Keep.Select(k => k.Epoch));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([6L], (await PlanAsync(repository)).Keep.Select(k => k.Epoch));
    }

    [Fact]
    public async Task A_size_does_not_remove_an_epoch_that_is_being_restored()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        await new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow());

        Assert.Equal([3L, 4, 5, 6], (await new Pruner(repository, clock).PlanAsync(new RetentionPolicy { MaxBytes = 1 })).Keep.Select(k => k.Epoch));
    }

    [Fact]
    public async Task A_restore_that_begins_between_the_plan_and_the_removal_keeps_its_epoch()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        var pruner = new Pruner(repository, clock);
        var begun = (await pruner.BeginAsync(await PlanAsync(repository)))!;
        await new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow());

        var (removed, kept) = await pruner.RemoveEpochsAsync(begun);
        await pruner.DeleteObjectsAsync(begun);

        Assert.Equal([1L, 2, 4, 5], removed);
        Assert.Equal([3L], kept);
        Assert.NotEmpty(await PruneRepositories.ContentsAsync(repository, [3]));
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task An_epoch_whose_removal_was_begun_is_restored_no_more_and_goes_when_the_restore_is_over_whatever_the_rules()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        var pruner = new Pruner(repository, clock);
        var begun = (await pruner.BeginAsync(await PlanAsync(repository)))!;
        await new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow());
        await pruner.RemoveEpochsAsync(begun);
        await pruner.DeleteObjectsAsync(begun);

        Assert.Equal([begun], await pruner.UnfinishedAsync());
        await Assert.ThrowsAsync<EpochNotFoundException>(() => new RestorePins(store).PinAsync("r2", 3, clock.GetUtcNow()));
        Assert.Equal(["restore r1"], (await pruner.PlanAsync(new RetentionPolicy { KeepLast = 9 })).Keep.Single(k => k.Epoch == 3).Reasons);
        await store.CreateAsync("restores/r1/report.json", Checksum.Append("{\"restoreId\":\"r1\"}"u8));
        Assert.Equal([6L], (await pruner.PlanAsync(new RetentionPolicy { KeepLast = 9 })).Keep.Select(k => k.Epoch));
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 9 });
        Assert.Equal([6L], await PruneRepositories.SequencesAsync(repository));
        Assert.Empty(await pruner.UnfinishedAsync());
        Assert.Equal(await PruneRepositories.NeededAsync(repository), await PruneRepositories.DataAsync(store));
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task A_second_prune_does_not_undo_what_a_first_one_relies_on()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        var (first, second) = (new Pruner(repository, clock), new Pruner(repository, clock));
        await new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow());
        Assert.True(store.Objects.Remove(RepositoryNames.Pin("r1"), out var pin));
        var begun = (await first.BeginAsync(await PlanAsync(repository)))!;
        var refused = 0;
        store.BeforeChange = name =>
        {
            // The first prune has found no pin, and is about to delete the manifest, when a restore comes, and then a second prune, and then the restore looks.
            if (name != "epochs/00000000000000000003.json" || refused > 0)
                return;
            refused++;
            store.Objects[RepositoryNames.Pin("r1")] = pin;
            Assert.Contains(3, second.RemoveEpochsAsync(begun).GetAwaiter().GetResult().Kept);
            Assert.Throws<EpochNotFoundException>(() => new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow()).GetAwaiter().GetResult());
        };

        await first.RemoveEpochsAsync(begun);

        Assert.Equal(1, refused);
        Assert.Equal([6L], await PruneRepositories.SequencesAsync(repository));
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task Whichever_of_pin_and_stub_comes_second_sees_the_other()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        var pruner = new Pruner(repository, clock);
        var begun = (await pruner.BeginAsync(await PlanAsync(repository)))!;
        EpochNotFoundException? refused = null;
        store.BeforeChange = name =>
        {
            // The stub of epoch 3 is there, and its manifest is about to go: after the last look for pins.
            if (name == "epochs/00000000000000000003.json")
                refused = Assert.Throws<EpochNotFoundException>(() => new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow()).GetAwaiter().GetResult());
        };

        await pruner.RemoveEpochsAsync(begun);

        Assert.Equal(3, refused?.Sequence);
        Assert.Equal([6L], await PruneRepositories.SequencesAsync(repository));
    }

    [Fact]
    public async Task An_epoch_that_is_gone_can_not_be_pinned_and_a_second_attempt_of_a_restore_finds_its_pin()
    {
        await PruneRepositories.FillAsync(store, packed: false);
        await Assert.ThrowsAsync<EpochNotFoundException>(() => new RestorePins(store).PinAsync("r1", 7, clock.GetUtcNow()));
        await new RestorePins(store).PinAsync("r2", 3, clock.GetUtcNow());
        clock.Advance(TimeSpan.FromHours(1));
        await new RestorePins(store).PinAsync("r2", 3, clock.GetUtcNow());
    }

    [Fact]
    public async Task A_restore_that_is_refused_takes_its_pin_back_but_none_of_an_earlier_attempt()
    {
        var repository = await PruneRepositories.FillAsync(store, packed: false);
        var pruner = new Pruner(repository, clock);
        await new RestorePins(store).PinAsync("r1", 3, clock.GetUtcNow());
        await pruner.RemoveEpochsAsync((await pruner.BeginAsync(new RetentionPolicy { KeepLast = 1 })).Begun!);
        await store.CreateAsync(RepositoryNames.Stub(3), "{}"u8.ToArray());

        foreach (var (restore, epoch) in ((string, long)[])[("r1", 3), ("r2", 3), ("r3", 2), ("r4", 9)])
            await Assert.ThrowsAsync<EpochNotFoundException>(() => new RestorePins(store).PinAsync(restore, epoch, clock.GetUtcNow().AddHours(1)));

        // The first attempt of r1 may be at work.
        Assert.Equal([("r1", 3L)], await new RestorePins(store).ListAsync(clock.GetUtcNow(), default));
    }

    private Task<PrunePlan> PlanAsync(BackupRepository repository) => new Pruner(repository, clock).PlanAsync(new RetentionPolicy { KeepLast = 1 });
}
