using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Exporting;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Reading;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>Merges as a whole: what they leave, what is freed and when, and who comes in whose way.</summary>
public sealed class MergerTests
{
    private static readonly RetentionPolicy All = new() { KeepLast = 100 };

    private readonly MemoryObjectStore memory = new();
    private readonly FakeTimeProvider clock = new(SomeEpochs.Time.AddDays(2));

    [Theory]
    [InlineData("plain")]
    [InlineData("packed")]
    [InlineData("encrypted")]
    [InlineData("hidden")]
    public async Task Many_segments_become_one_and_every_epoch_is_what_it_was(string kind)
    {
        IObjectStore store = kind is "encrypted" or "hidden" ? SomeKeys.Protect(memory, SomeKeys.KeyFile(1), kind == "hidden" ? NameVisibility.Hidden : NameVisibility.Plain) : memory;
        var repository = await MergeRepositories.FillAsync(store, 6, packed: kind == "packed");
        var before = await MergeRepositories.ContentsAsync(repository);
        var objects = (await PruneRepositories.DataAsync(store)).Where(name => !name.StartsWith("lists/", StringComparison.Ordinal)).ToList();
        var cores = await CoresAsync(repository);

        var plan = await new Merger(repository).PlanAsync(MergeRepositories.All);
        var merge = (await MergeHistory.MergeAsync(repository, plan, "1"))!;

        var planned = Assert.Single(plan.Lineages);
        Assert.Equal(("orders", "life-1", 12L, 12L, 2L), (planned.Topic, planned.Lineage, planned.Segments, planned.Merged, planned.Expected));
        // The users' pack is in none of it.
        Assert.Equal(kind == "packed" ? 6 : objects.Count(name => name.Contains("/orders", StringComparison.Ordinal)), plan.Objects);
        Assert.Equal((1L, 6L, "orders/life-1"), (merge.Number, merge.Epoch, Assert.Single(merge.Lists.Keys)));
        Assert.Equal(before, await MergeRepositories.ContentsAsync(repository));
        Assert.Equal(before, await MergeRepositories.ContentsAsync(await BackupRepository.OpenAsync(store)));
        Assert.Equal(cores, await CoresAsync(repository));
        Assert.Equal(2, (await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders")).Count);
        Assert.Empty(objects.Except(await SomeKeys.ListAsync(store, "")));
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);

        await MergeRepositories.AddAsync(repository, kind == "packed");
        await PrunerTests.PruneAsync(repository, All);

        Assert.Equal(before, (await MergeRepositories.ContentsAsync(repository)).Take(before.Count));
        Assert.Equal(await NeededAsync(repository), await PruneRepositories.DataAsync(store));
        Assert.Equal(6, (await SomeKeys.ListAsync(store, "topics/")).Count(name => name.Contains("/merge-1/", StringComparison.Ordinal)));
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Null(await MergeRepositories.MergeAsync(repository, "2", new MergePolicy()));
    }

    [Fact]
    public async Task References_that_no_epoch_needs_are_left_out_of_the_new_lists()
    {
        var repository = await MergeRepositories.FillAsync(memory, 3);
        await MergeRepositories.AddAsync(repository, logStart: 25);
        await MergeRepositories.AddAsync(repository, logStart: 25);
        var pruned = new Pruner(repository, clock);
        var begun = (await pruned.BeginAsync(await pruned.PlanAsync(new RetentionPolicy { KeepLast = 2 })))!;
        await pruned.RemoveEpochsAsync(begun);
        await pruned.DeleteObjectsAsync(begun);
        Assert.Equal(10, (await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders")).Count);

        var merge = (await MergeRepositories.MergeAsync(repository))!;

        var segments = await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders");
        Assert.Equal([(20L, 50L), (20L, 50L)], segments.Select(s => (s.From, s.To)));
        Assert.Equal(5, merge.Epoch);
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task What_is_still_small_shares_packs_and_what_is_not_stands_alone()
    {
        var repository = await MergeRepositories.FillAsync(memory, 6, packed: true);
        var before = await MergeRepositories.ContentsAsync(repository);
        var sizes = (await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders")).GroupBy(s => s.Partition).Select(p => (int)p.Sum(s => s.Length)).ToList();
        Assert.True(sizes[0] < sizes[1]);

        var plan = await new Merger(repository).PlanAsync(MergeRepositories.All with { PackedSegmentBytes = sizes[0] });
        await MergeHistory.MergeAsync(repository, plan, "1");

        Assert.Equal(4, plan.NewObjects);
        var segments = await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders");
        Assert.Equal(["packs/merge-1/00000-00000", "topics/orders/life-1/merge-1/orders-1/00000000000000000000.log"], segments.Select(s => s.Object));
        Assert.Equal(before, await MergeRepositories.ContentsAsync(repository));
        await MergeRepositories.AddAsync(repository, packed: true);
        await PrunerTests.PruneAsync(repository, All);
        Assert.Equal(before, (await MergeRepositories.ContentsAsync(repository)).Take(before.Count));
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Equal(await NeededAsync(repository), await PruneRepositories.DataAsync(memory));
    }

    [Fact]
    public async Task Damage_leaves_nothing_in_a_pack_that_it_shares()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        memory.Objects["topics/orders/life-1/run-4/orders-0/00000000000000000030.log"][70] ^= 1;
        var plan = await new Merger(repository).PlanAsync(new MergePolicy { SegmentBytes = 1_200 });
        var merged = (await new Merger(repository).MergeAsync(plan, plan.Lineages, "merge-1", MergeShare.Whole))[0];

        Assert.Equal([1], merged.Runs.Select(run => run.Partition));
        Assert.Equal(merged.Runs[0].Segments.Select(s => (s.Partition, s.Offset)), (await PackDirectory.ReadAsync(memory, "packs/merge-1/00000-00000", default)).Segments.Select(s => (s.Segment.Partition, s.Segment.Offset)));
    }

    [Fact]
    public async Task Lineages_of_more_references_than_a_list_holds_are_merged_and_gone_on_with()
    {
        const int Partitions = 300;
        var repository = await SomeEpochs.OpenAsync(memory);
        Epoch? parent = null;
        for (var epoch = 1; epoch <= 6; epoch++)
        {
            var from = (epoch - 1) * 10;
            var written = await SomeEpochs.PackAsync(memory, epoch, SegmentPolicy.Default, [.. Enumerable.Range(0, Partitions).Select(p => new PartitionToWrite("wide", p, from, from + 10, Some.Batch(from, 9, 20 + (p % 7))))]);
            parent = await repository.CommitAsync(SomeEpochs.Core(parent, SomeEpochs.Topic("wide", written)), SomeEpochs.Added(("wide", written)), SomeEpochs.Run(epoch));
            if (epoch == 3)
                Assert.Equal(2, (await MergeRepositories.MergeAsync(repository))!.Lists["wide/life-1"].Lists.Count);
        }

        await PrunerTests.PruneAsync(repository, All);

        Assert.Equal(Partitions * 4, (await repository.ReadSegmentsAsync(parent!, "wide")).Count);
        Assert.Equal(Partitions, (await repository.ReadSegmentsAsync(await repository.ReadEpochAsync(1), "wide")).Count);
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Equal(await NeededAsync(repository), await PruneRepositories.DataAsync(memory));
    }

    [Fact]
    public async Task What_older_epochs_alone_need_stays_as_it_is()
    {
        var repository = await MergeRepositories.FillAsync(memory, 3);
        await MergeRepositories.AddAsync(repository, logStart: 25);
        var before = await MergeRepositories.ContentsAsync(repository);

        await MergeRepositories.MergeAsync(repository);

        var segments = await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders");
        Assert.Equal([(0L, 10L), (10L, 20L), (20L, 40L)], segments.Where(s => s.Partition == 0).Select(s => (s.From, s.To)));
        Assert.Equal(before, await MergeRepositories.ContentsAsync(repository));
    }

    [Fact]
    public async Task Damage_is_told_and_what_it_concerns_is_left_alone()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        var log = "topics/orders/life-1/run-3/orders-1/00000000000000000020.log";
        memory.Objects[log][70] ^= 1;
        var merger = new Merger(repository);
        var plan = await merger.PlanAsync(MergeRepositories.All);

        var merged = (await merger.MergeAsync(plan, plan.Lineages, "merge-1", MergeShare.Whole))[0];
        var merge = await merger.CommitAsync(plan, [merged], MergeHistory.RunOf("1"));

        Assert.Equal((log, "orders", 1, 20L, 30L), Assert.Single(merged.Damages) is var d ? (d.Object, d.Topic, d.Partition, d.From, d.To) : default);
        Assert.NotNull(merge);
        var segments = await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders");
        Assert.Equal((1, 4), (segments.Count(s => s.Partition == 0), segments.Count(s => s.Partition == 1)));
        Assert.DoesNotContain(memory.Objects.Keys, name => name.Contains("/merge-1/orders-1/", StringComparison.Ordinal));
        Assert.Equal(log, Assert.Single((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings).Object);
    }

    [Fact]
    public async Task Where_nothing_can_be_merged_there_is_no_merge()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        foreach (var partition in (int[])[0, 1])
            memory.Objects[$"topics/orders/life-1/run-3/orders-{partition}/00000000000000000020.log"][70] ^= 1;
        var before = memory.Objects.Keys.Order().ToList();
        Assert.Null(await MergeRepositories.MergeAsync(repository));
        Assert.Equal(before, memory.Objects.Keys.Order());
        var empty = await SomeEpochs.OpenAsync(new MemoryObjectStore());
        Assert.Equal((1L, 0L, 0), await new Merger(empty).PlanAsync(MergeRepositories.All) is var plan ? (plan.Number, plan.Epoch, plan.Lineages.Count) : default);
    }

    [Fact]
    public async Task Old_epochs_are_exported_and_searched_up_to_their_cut()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        await MergeRepositories.MergeAsync(repository);
        var epoch = await repository.ReadEpochAsync(2);
        using var folder = new TemporaryFolder();

        var report = await new FolderExport(repository, epoch).RunAsync(["orders", "users"], Path.Combine(folder.Path, "out"));

        Assert.Equal(3, report.Partitions);
        var log = File.ReadAllBytes(Path.Combine(folder.Path, "out", "orders-0", "00000000000000000000.log"));
        Assert.Equal([9L, 19L], PlainReader.Batches(log).Select(batch => batch.Last));
        Assert.Equal([(2L, 19L)], PlainReader.TimeIndex(File.ReadAllBytes(Path.Combine(folder.Path, "out", "orders-0", "00000000000000000000.timeindex")), 0));
        Assert.Equal([19L], await OffsetsAsync(new RecordQuery { Partition = 0, Key = "19"u8.ToArray() }));
        Assert.Empty(await OffsetsAsync(new RecordQuery { Partition = 0, Key = "20"u8.ToArray() }));
        Assert.Equal(Enumerable.Range(10, 10).Select(o => (long)o), await OffsetsAsync(new RecordQuery { Partition = 0, Time = 2 }));
        Assert.Empty(await OffsetsAsync(new RecordQuery { Partition = 0, Time = 3 }));
        Assert.Empty(await OffsetsAsync(new RecordQuery { Partition = 0, Offset = 20 }));
        Assert.Equal([18L, 19L], await OffsetsAsync(new RecordQuery { Partition = 0, Offset = 18 }));

        async Task<List<long>> OffsetsAsync(RecordQuery query)
        {
            var offsets = new List<long>();
            await foreach (var record in new RecordReader(repository, epoch).ReadAsync("orders", query))
                offsets.Add(record.Record.Offset);
            return offsets;
        }
    }

    [Fact]
    public async Task A_segment_that_is_read_in_part_is_checked_as_a_whole()
    {
        var repository = await MergeRepositories.FillAsync(memory, 4);
        await MergeRepositories.MergeAsync(repository);
        var segment = (await repository.ReadSegmentsAsync(await repository.ReadEpochAsync(1), "orders"))[0];
        Assert.Equal((0L, 10L, 40L), (segment.From, segment.To, segment.StoredTo));
        // A base offset that no CRC covers, of a batch that the epoch does not hold.
        var second = PlainReader.Batches(memory.Objects[segment.Object])[1];
        memory.Objects[segment.Object][second.Position + 12] ^= 1;

        await using var reader = new PartitionReader(memory, "orders", [segment]);
        Assert.True(await reader.ReadAsync());
        Assert.Contains("SHA-256", (await Assert.ThrowsAsync<DamagedSegmentException>(async () => await reader.ReadAsync())).Message);
        await Assert.ThrowsAsync<DamagedSegmentException>(async () =>
        {
            await foreach (var _ in new RecordReader(repository, await repository.ReadEpochAsync(1)).ReadAsync("orders", new RecordQuery { Partition = 0 }))
            {
            }
        });
    }

    private static async Task<List<string>> CoresAsync(BackupRepository repository) => [.. await repository.ReadEpochsAsync(epoch => epoch.CoreHash)];

    /// <summary>What a reader that knows the rule for merges needs, found in the simplest way.</summary>
    private static Task<List<string>> NeededAsync(BackupRepository repository) => PruneRepositories.NeededAsync(repository);
}
