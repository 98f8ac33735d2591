using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>A merge that is killed at any of its writes, and what comes after it.</summary>
public sealed class MergeCrashTests
{
    private static readonly MergePolicy Policy = new() { LeastSegments = 2, SegmentBytes = 1_200 };

    private readonly FakeTimeProvider clock = new(SomeEpochs.Time.AddDays(2));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Killed_at_any_write_the_repository_is_whole_and_a_merge_after_it_ends_as_if_nothing_had_been(bool packed, bool isResumed)
    {
        var filled = new MemoryObjectStore();
        await MergeRepositories.FillAsync(filled, 5, packed);
        var contents = await MergeRepositories.ContentsAsync(await BackupRepository.OpenAsync(filled));
        var policy = Policy with { PackedSegmentBytes = packed ? 2_000 : 0 };
        var expected = await EndAsync(Copy(filled), "1", policy);
        var writes = 0;
        for (var kill = 1; ; kill++)
        {
            var store = Copy(filled);
            var left = kill;
            store.BeforeChange = _ =>
            {
                if (Interlocked.Decrement(ref left) < 0)
                    throw new IOException("killed");
            };
            var error = await Record.ExceptionAsync(async () => await MergeRepositories.MergeAsync(await BackupRepository.OpenAsync(store), "1", policy));
            store.BeforeChange = null;

            var isCommitted = store.Objects.ContainsKey(RepositoryNames.Merge(1));
            Assert.Equal(error is null, isCommitted);
            var repository = await BackupRepository.OpenAsync(store);
            Assert.Equal(contents, await MergeRepositories.ContentsAsync(repository));
            foreach (var level in (VerificationLevel[])[VerificationLevel.Quick, VerificationLevel.Full])
                Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(level)).Findings);
            if (isCommitted)
            {
                Assert.True(kill > (packed ? 8 : 12), $"{kill} writes");
                break;
            }

            writes++;
            var id = isResumed ? "1" : "2";
            var after = await EndAsync(store, id, policy);
            Assert.Equal(expected, after.Select(name => name.Replace("merge-2", "merge-1", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            Assert.Equal(contents, (await MergeRepositories.ContentsAsync(await BackupRepository.OpenAsync(store))).Take(contents.Count));
        }

        Figures.Print($"merge: killed at each of {writes} writes{(packed ? ", packed" : "")}{(isResumed ? ", resumed" : ", begun anew")}");
    }

    /// <summary>Merges, goes on, removes what was replaced and what dead runs left.</summary>
    /// <returns>The names of the data that is there then; hashes of lists left out, as they name the run.</returns>
    private async Task<List<string>> EndAsync(MemoryObjectStore store, string id, MergePolicy policy)
    {
        var repository = await BackupRepository.OpenAsync(store);
        Assert.NotNull(await MergeRepositories.MergeAsync(repository, id, policy));
        await MergeRepositories.AddAsync(repository);
        await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 100 });
        for (var i = 0; i < 2; i++)
        {
            await new OrphanCollector(repository, clock).CollectAsync(OrphanCollector.DefaultAge);
            clock.Advance(OrphanCollector.DefaultAge);
        }

        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
        var data = await PruneRepositories.DataAsync(store);
        Assert.Equal(await PruneRepositories.NeededAsync(repository), data);
        return [.. data.Select(name => name.StartsWith("lists/", StringComparison.Ordinal) ? "lists/" : name).Order(StringComparer.Ordinal)];
    }

    private static MemoryObjectStore Copy(MemoryObjectStore from)
    {
        var store = new MemoryObjectStore();
        foreach (var (name, bytes) in from.Objects)
            store.Objects[name] = bytes;
        return store;
    }
}
