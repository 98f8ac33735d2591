using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Retention;
using KafkaBackup.Repository.Tests.Storage;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Merging;

/// <summary>Merges, prunes, a backup and restores at the same time, without any lease: nothing is lost that an epoch needs.</summary>
public sealed class MergesAtOnceTests
{
    private const int Epochs = 5;

    private static readonly FakeTimeProvider Clock = new(SomeEpochs.Time.AddDays(2));

    [Fact]
    public async Task Nothing_that_is_needed_is_lost()
    {
        var filled = new MemoryObjectStore();
        await MergeRepositories.FillAsync(filled, Epochs);
        await MergeRepositories.MergeAsync(await BackupRepository.OpenAsync(filled), "0", MergeRepositories.All with { SegmentBytes = 1_500 });
        await MergeRepositories.AddAsync(await BackupRepository.OpenAsync(filled));
        var right = (await MergeRepositories.ContentsAsync(await BackupRepository.OpenAsync(filled))).ToLookup(record => record[..2]);
        var (merged, lost, restored, pruned) = (0, 0, 0, 0);
        for (var i = 0; i < TestSize.Of(120, 3_000); i++)
        {
            var what = $"seed {TestSize.Seed}, case {i}";
            var random = new Random(unchecked(TestSize.Seed + (i * 7919)));
            var memory = new MemoryObjectStore();
            foreach (var (name, bytes) in filled.Objects)
                memory.Objects[name] = bytes;
            var merges = Enumerable.Range(1, 2).Select(id => MergeAsync(Opened(), $"{id}", random.Next(1_000, 8_000))).ToList();
            var prunes = Enumerable.Range(1, 2).Select(_ => PruneAsync(Opened(), random.Next(1, 7))).ToList();
            var restores = Enumerable.Range(0, 3).Select(r => RestoreAsync(Opened(), $"r{r}", random.Next(1, 7))).ToList();
            var backup = BackUpAsync(Opened(), random.Next(3));
            await Task.WhenAll([.. merges, .. prunes, backup, .. restores]);

            merged += merges.Count(merge => merge.Result);
            lost += merges.Count(merge => !merge.Result);
            foreach (var restore in restores)
            {
                if (await restore is not { } got)
                    continue;
                restored++;
                Assert.True(right[$"{got.Epoch} "].SequenceEqual(got.Records), $"{what}: epoch {got.Epoch} was not restored as it was");
            }

            var repository = await BackupRepository.OpenAsync(memory);
            pruned += Epochs + 1 - (await PruneRepositories.SequencesAsync(repository)).Count(epoch => epoch <= Epochs + 1);
            await SoundAsync();
            // Whoever goes on alone leaves what is needed, and nothing else of what was replaced.
            await MergeRepositories.MergeAsync(repository, "9");
            await MergeRepositories.AddAsync(repository);
            await PrunerTests.PruneAsync(repository, new RetentionPolicy { KeepLast = 100 });
            await SoundAsync();
            // What merges left that lost against another is a dead run's, as is what a backup left that was overtaken, or lists of it that came in the place of others.
            await new OrphanCollector(repository, Clock).CollectAsync(TimeSpan.Zero);
            await SoundAsync();
            var needed = await PruneRepositories.NeededAsync(repository);
            var data = await PruneRepositories.DataAsync(memory);
            Assert.True(needed.SequenceEqual(data), $"{what}: left behind {string.Join(", ", data.Except(needed))}; missing {string.Join(", ", needed.Except(data))}");

            async Task SoundAsync()
            {
                var there = await PruneRepositories.SequencesAsync(repository);
                var findings = (await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings;
                Assert.True(findings.Count == 0, $"{what}: {string.Join("; ", findings)}");
                Assert.Equal(right.Where(epoch => there.Contains(epoch.Key[0] - '0')).SelectMany(epoch => epoch), await PruneRepositories.ContentsAsync(repository, [.. there.Where(e => e <= Epochs + 1)]));
            }

            UnevenStore Opened() => new(memory, random.Next());
        }

        Figures.Print($"merges at once, seed {TestSize.Seed}: {TestSize.Of(120, 3_000)} cases, {merged} merges came through and {lost} were refused or had nothing to do, {pruned} epochs removed, {restored} restores came through, nothing lost");
        Assert.True(merged > 30 && lost > 10 && restored > 30 && pruned > 50, $"{merged} {lost} {restored} {pruned}");
    }

    private static async Task<bool> MergeAsync(IObjectStore store, string id, long segmentBytes)
    {
        try
        {
            return await MergeRepositories.MergeAsync(await BackupRepository.OpenAsync(store), id, MergeRepositories.All with { SegmentBytes = segmentBytes }) is not null;
        }
        catch (Exception e) when (e is MergeConflictException or EpochNotFoundException || IsOvertaken(e))
        {
            return false;
        }
    }

    private static async Task PruneAsync(IObjectStore store, int keep) => await PrunerTests.PruneAsync(await BackupRepository.OpenAsync(store), new RetentionPolicy { KeepLast = keep });

    private static async Task BackUpAsync(IObjectStore store, int epochs)
    {
        try
        {
            for (var epoch = 0; epoch < epochs; epoch++)
                await MergeRepositories.AddAsync(await BackupRepository.OpenAsync(store));
        }
        catch (RepositoryException e) when (IsOvertaken(e))
        {
            // It came to read a list that was replaced meanwhile: a lease would have kept the merge away.
        }
    }

    private static async Task<(long Epoch, List<string> Records)?> RestoreAsync(IObjectStore store, string restore, long epoch)
    {
        await Task.Yield();
        try
        {
            await new RestorePins(store).PinAsync(restore, epoch, Clock.GetUtcNow());
        }
        catch (EpochNotFoundException)
        {
            return null;
        }

        // As a restore does that goes on again and again.
        var merge = await (await BackupRepository.OpenAsync(store)).NewestMergeAsync();
        List<string>? first = null;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var repository = await BackupRepository.OpenAsync(store);
            var read = await repository.ReadEpochAsync(epoch, merge);
            var segments = new List<string>();
            var records = new List<string>();
            foreach (var topic in read.Core.Topics)
            {
                segments.AddRange((await repository.ReadSegmentsAsync(read, topic.Name)).Select(segment => $"{segment.Object} {segment.From} {segment.To}"));
                await foreach (var record in new KafkaBackup.Repository.Reading.RecordReader(repository, read).ReadAsync(topic.Name, new KafkaBackup.Repository.Reading.RecordQuery()))
                    records.Add($"{epoch} {topic.Name}-{record.Partition} {record.Record.Offset} {record.Record.Timestamp} {record.Record.Value?.Length}");
            }

            Assert.Equal(first ?? segments, segments);
            first = segments;
            if (attempt == 2)
            {
                await store.CreateAsync($"restores/{restore}/report.json", Checksum.Append("{\"restoreId\":\"r\"}"u8));
                return (epoch, records);
            }
        }

        return null;
    }

    /// <summary>Whether what was to be read had been replaced, and removed, since it was looked up.</summary>
    private static bool IsOvertaken(Exception e) => e is DamagedObjectException { InnerException: ObjectNotFoundException } or DamagedSegmentException { InnerException: ObjectNotFoundException };
}
