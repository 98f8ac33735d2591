using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>The newest merge says of all lineages where their data lies, whatever it merged itself: reading takes one of them, however many there were.</summary>
public sealed class MergesCarriedOverTests
{
    private readonly MemoryObjectStore memory = new();

    [Fact]
    public async Task What_a_merge_does_not_merge_it_carries_over_and_reading_needs_no_earlier_one()
    {
        var repository = await FillAsync(3);
        var before = await MergeRepositories.ContentsAsync(repository);
        var first = await MergeAsync(repository, "a");
        var second = await MergeAsync(repository, "b");
        await AddAsync(repository);
        await AddAsync(repository);
        var third = await MergeAsync(repository, "a");

        Assert.Equal(["a/life-1 3"], EntriesOf(first));
        Assert.Equal(["a/life-1 3", "b/life-1 3"], EntriesOf(second));
        Assert.Equal(["a/life-1 5", "b/life-1 3"], EntriesOf(third));
        Assert.Equal(first.Lists["a/life-1"].Lists, second.Lists["a/life-1"].Lists);
        Assert.Equal(second.Lists["b/life-1"].Lists, third.Lists["b/life-1"].Lists);
        var after = await MergeRepositories.ContentsAsync(repository);
        Assert.Equal(before, after.Take(before.Count));
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);

        // Nothing else is opened: not even the earlier merges, and none of what they replaced.
        foreach (var number in (long[])[1, 2])
            Assert.True(memory.Objects.Remove(RepositoryNames.Merge(number), out _));
        var needed = (await repository.LatestAsync())!.Lists.Values.SelectMany(lists => lists.Lists).Concat(third.Lists.Values.SelectMany(merged => merged.Lists)).Select(RepositoryNames.List).ToHashSet();
        foreach (var list in memory.Objects.Keys.Where(name => name.StartsWith("lists/", StringComparison.Ordinal) && !needed.Contains(name)).ToList())
            memory.Objects.Remove(list, out _);
        Assert.Equal(after, await MergeRepositories.ContentsAsync(await BackupRepository.OpenAsync(memory)));
    }

    [Fact]
    public async Task What_no_epoch_is_read_by_any_more_is_not_carried_over()
    {
        var repository = await FillAsync(3);
        await MergeAsync(repository, "b");
        for (var epoch = 4; epoch <= 7; epoch++)
            await AddAsync(repository);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 3 });
        var before = await MergeRepositories.ContentsAsync(repository);

        Assert.Equal(["a/life-1 7"], EntriesOf(await MergeAsync(repository, "a")));

        Assert.Equal(before, await MergeRepositories.ContentsAsync(repository));
        Assert.Empty((await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    private static IEnumerable<string> EntriesOf(Merge merge) => merge.Lists.OrderBy(list => list.Key, StringComparer.Ordinal).Select(list => $"{list.Key} {list.Value.Epoch}");

    private static async Task<Merge> MergeAsync(BackupRepository repository, string topic)
    {
        var plan = await new Merger(repository).PlanAsync(MergeRepositories.All, name => name == topic);
        return (await MergeHistory.MergeAsync(repository, plan, $"{plan.Number}"))!;
    }

    private async Task<BackupRepository> FillAsync(int epochs)
    {
        var repository = await SomeEpochs.OpenAsync(memory);
        for (var epoch = 1; epoch <= epochs; epoch++)
            await AddAsync(repository);
        return repository;
    }

    private static async Task AddAsync(BackupRepository repository)
    {
        var parent = await repository.LatestAsync();
        var sequence = (parent?.Sequence ?? 0) + 1;
        var from = (sequence - 1) * 10;
        PartitionToWrite[] partitions =
            [new("a", 0, from, from + 10, SomeRecords.Batch(from, 10, sequence)), new("b", 0, from, from + 10, SomeRecords.Batch(from, 10, sequence, 30))];
        var backups = await SomeEpochs.PackAsync(repository.Store, sequence, SegmentPolicy.Default with { PackedSegmentBytes = 0 }, partitions);
        await repository.CommitAsync(
            SomeEpochs.Core(parent, [.. partitions.Zip(backups, (p, backup) => SomeEpochs.Topic(p.Topic, []) with { Partitions = [SomeEpochs.Of(backup, 0)] })]),
            partitions.Zip(backups).ToDictionary(p => p.First.Topic, IReadOnlyList<SegmentReference> (p) => p.Second.Segments), SomeEpochs.Run(sequence));
    }
}
