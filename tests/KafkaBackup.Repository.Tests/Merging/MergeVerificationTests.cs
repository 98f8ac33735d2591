using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>What is verified of merges, and that damage of theirs is told with its place.</summary>
public sealed class MergeVerificationTests
{
    private const string First = "merges/00000000000000000001.json";
    private const string Second = "merges/00000000000000000002.json";

    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task The_newest_merge_is_named_if_it_is_damaged_and_nothing_can_be_read_without_it()
    {
        await FillAsync();
        store.Objects[Second][200] ^= 1;

        Assert.Equal(Second, (await Assert.ThrowsAsync<DamagedObjectException>(() => ReopenedAsync(r => r.LatestAsync()))).Name);
        var report = await VerifyAsync();
        Assert.Contains(report.Findings, finding => finding.Object == Second);
        Assert.NotEmpty(report.Restorable);
        Assert.All(report.Restorable, epoch => Assert.False(epoch.IsReadable));
    }

    [Fact]
    public async Task An_earlier_merge_is_named_if_it_is_damaged_and_every_epoch_can_be_read_without_it()
    {
        var contents = await MergeRepositories.ContentsAsync(await FillAsync());
        store.Objects[First][200] ^= 1;

        Assert.Equal(contents, await MergeRepositories.ContentsAsync(await BackupRepository.OpenAsync(store)));
        var report = await VerifyAsync();
        Assert.Equal(First, Assert.Single(report.Findings).Object);
        Assert.NotEmpty(report.Restorable);
        Assert.All(report.Restorable, epoch => Assert.Equal((true, 0), (epoch.IsReadable, epoch.Lost.Count)));
    }

    [Fact]
    public async Task A_merge_that_is_missing_or_another_one_is_told()
    {
        await FillAsync();
        var second = store.Objects[Second];
        var first = store.Objects[First];
        store.Objects.Remove(First);
        Assert.Contains((await VerifyAsync()).Findings, finding => finding is { Object: First, Problem: "it is missing" });
        store.Objects[First] = second;
        Assert.Contains((await VerifyAsync()).Findings, finding => finding is { Object: First, Problem: "it is that of merge 2" });
        store.Objects[First] = first;
        Assert.Empty((await VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_merge_of_a_newer_version_is_refused()
    {
        await FillAsync();
        store.Objects[Second] = Checksum.Append("{\"format\":\"kafka-backup-merge\",\"version\":2,\"number\":2}"u8);
        Assert.Contains("use a newer one", (await Assert.ThrowsAsync<UnsupportedFormatException>(() => ReopenedAsync(r => r.LatestAsync()))).Message);
    }

    [Fact]
    public async Task The_newest_manifest_is_missed_where_a_merge_says_that_there_was_one()
    {
        await MergeRepositories.MergeAsync(await MergeRepositories.FillAsync(store, 4));
        store.Objects.Remove("epochs/00000000000000000004.json");
        Assert.Contains((await VerifyAsync()).Findings, finding => finding is { Object: "epochs/00000000000000000004.json", Epoch: 4 } && finding.Problem.Contains(First, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("topics/orders/life-1/merge-1/orders-0/00000000000000000000.log", 0, 40)]
    [InlineData("topics/orders/life-1/merge-1/orders-1/00000000000000000000.index", 0, 40)]
    public async Task Damage_of_a_merged_segment_is_told_with_its_place_and_concerns_every_epoch_in_it(string name, long from, long to)
    {
        await MergeRepositories.MergeAsync(await MergeRepositories.FillAsync(store, 4));
        if (name.EndsWith(".index", StringComparison.Ordinal))
            store.Objects[name] = [1];
        else
            store.Objects[name][^1] ^= 1;

        var report = await VerifyAsync();

        var finding = Assert.Single(report.Findings, f => f.Object == name);
        Assert.Equal(("orders", 1L, to), (finding.Topic, finding.Epoch, finding.To));
        Assert.True(finding.From >= from);
        var lost = report.Restorable.Where(epoch => epoch.Lost.Count > 0).Select(epoch => epoch.Epoch);
        // The last batch is the fourth epoch's; a restore reads no index.
        Assert.Equal(name.EndsWith(".log", StringComparison.Ordinal) ? [4L] : [], lost);
    }

    [Fact]
    public async Task A_merged_segment_that_is_missing_and_a_list_that_is_damaged_are_told()
    {
        var merge = (await MergeRepositories.MergeAsync(await MergeRepositories.FillAsync(store, 4)))!;
        var log = "topics/orders/life-1/merge-1/orders-0/00000000000000000000.log";
        var bytes = store.Objects[log];
        store.Objects.Remove(log);
        foreach (var level in (VerificationLevel[])[VerificationLevel.Quick, VerificationLevel.Full])
            Assert.Contains((await new RepositoryVerifier(store).VerifyAsync(level)).Findings, finding => finding is { Object: var o, Problem: "it is missing" } && o == log);
        store.Objects[log] = bytes;
        var list = RepositoryNames.List(merge.Lists["orders/life-1"].Lists[0]);
        store.Objects[list][70] ^= 1;
        Assert.Contains((await VerifyAsync()).Findings, finding => finding.Object == list && finding.Epoch == 1);
    }

    [Fact]
    public async Task A_segment_is_missed_that_only_epochs_with_an_earlier_log_start_need()
    {
        var repository = await MergeRepositories.FillAsync(store, 4);
        await MergeRepositories.AddAsync(repository, logStart: 20);
        await MergeRepositories.MergeAsync(repository, policy: MergeRepositories.All with { SegmentBytes = 600 });
        var segments = await repository.ReadSegmentsAsync(await repository.ReadEpochAsync(1), "orders");
        var first = segments.First(segment => segment.Partition == 0);
        Assert.InRange(first.To, 1, 20);
        store.Objects.Remove(first.Object);

        Assert.Contains((await VerifyAsync()).Findings, finding => finding.Object == first.Object && finding.Problem == "it is missing");
    }

    [Fact]
    public async Task Segments_that_are_not_what_epochs_have_added_are_told_though_each_is_sound()
    {
        var repository = await MergeRepositories.FillAsync(store, 4);
        var plan = await new Merger(repository).PlanAsync(MergeRepositories.All);
        var merged = (await new Merger(repository).MergeAsync(plan, plan.Lineages, "merge-1", MergeShare.Whole))[0];
        // Partition 1's batches have other values than partition 0's.
        var exchanged = merged.Runs[1] with { Partition = 0, Segments = [merged.Runs[1].Segments[0] with { Partition = 0 }] };
        await new Merger(repository).CommitAsync(plan, [merged with { Runs = [exchanged, merged.Runs[1]] }], MergeHistory.RunOf("1"));

        Assert.Contains((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Quick)).Findings, finding => finding is { Object: First, Partition: 0 } && finding.Problem.Contains("bytes are", StringComparison.Ordinal));
        var findings = (await VerifyAsync()).Findings.Where(finding => finding.Object == First && finding.Problem.Contains("not those that it has added", StringComparison.Ordinal)).ToList();
        Assert.Equal([1L, 2, 3, 4], findings.Select(finding => finding.Epoch!.Value));
    }

    [Fact]
    public async Task A_reference_that_is_missing_and_needed_is_told()
    {
        var repository = await MergeRepositories.FillAsync(store, 4);
        var plan = await new Merger(repository).PlanAsync(MergeRepositories.All);
        var merged = (await new Merger(repository).MergeAsync(plan, plan.Lineages, "merge-1", MergeShare.Whole))[0];
        await new Merger(repository).CommitAsync(plan, [merged with { Runs = [merged.Runs[0] with { Segments = [] }, merged.Runs[1]] }], MergeHistory.RunOf("1"));
        foreach (var level in (VerificationLevel[])[VerificationLevel.Quick, VerificationLevel.Full])
            Assert.Contains((await new RepositoryVerifier(store).VerifyAsync(level)).Findings, finding => finding is { Object: First, Partition: 0, Problem: "the segments end at 0, and the epochs at 40" });
    }

    [Fact]
    public async Task A_part_is_verified_of_merged_data_as_well()
    {
        await FillAsync();
        var whole = await VerifyAsync();
        Assert.Empty(whole.Findings);
        Assert.Equal(6, whole.Epochs);
        for (var epoch = 1; epoch <= 6; epoch++)
            Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, epoch)).Findings);
        var bytes = 0L;
        for (var run = 0; run < 3; run++)
        {
            var part = await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, new VerificationSelection { Subset = new VerificationSubset(3, run) });
            Assert.Empty(part.Findings);
            bytes += part.Bytes;
        }

        Assert.Equal(whole.Bytes, bytes);
    }

    /// <summary>Two merges, and epochs before, between and behind them; the replaced is gone.</summary>
    private async Task<BackupRepository> FillAsync()
    {
        var repository = await MergeRepositories.FillAsync(store, 3);
        await MergeRepositories.MergeAsync(repository);
        await MergeRepositories.AddAsync(repository);
        await MergeRepositories.AddAsync(repository);
        await MergeRepositories.AddAsync(repository);
        await MergeRepositories.MergeAsync(repository, "2");
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 100 });
        return repository;
    }

    private Task<VerificationReport> VerifyAsync() => new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full);

    private async Task<T> ReopenedAsync<T>(Func<BackupRepository, Task<T>> read) => await read(await BackupRepository.OpenAsync(store));
}
