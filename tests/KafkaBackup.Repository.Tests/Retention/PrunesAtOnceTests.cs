using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Reading;
using KafkaBackup.Repository.Tests.Storage;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Retention;

/// <summary>Two prunes, a backup and restores at the same time, without any lease: nothing is lost that an epoch needs, and nobody fails.</summary>
public sealed class PrunesAtOnceTests
{
    private static readonly FakeTimeProvider Clock = new(SomeEpochs.Time.AddDays(30));
    private static readonly RetentionPolicy[] Policies = [new() { KeepLast = 1 }, new() { KeepLast = 2 }, new() { KeepLast = 3 }, new() { KeepDaily = 1 }, new() { MaxBytes = 500 }];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_that_is_needed_is_lost(bool packed)
    {
        var filled = new MemoryObjectStore();
        await PruneRepositories.FillAsync(filled, packed);
        var right = (await PruneRepositories.ContentsAsync(await SomeEpochs.OpenAsync(filled), [1, 2, 3, 4, 5, 6])).ToLookup(record => record[..2]);
        var (restored, refused, removed) = (0, 0, 0);
        for (var i = 0; i < TestSize.Of(150, 3_000); i++)
        {
            var seed = unchecked(TestSize.Seed + (i * 7919));
            var random = new Random(seed);
            var memory = new MemoryObjectStore();
            foreach (var (name, bytes) in filled.Objects)
                memory.Objects[name] = bytes;
            if (random.Next(2) == 0)
                await LeaveAsync(memory, random.Next(3));
            var what = $"seed {TestSize.Seed}, case {i}";

            // A restore begins when so many changes have been made.
            var begins = Enumerable.Range(0, 4).Select(_ => (At: random.Next(30), Begin: new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
            var changes = 0;
            memory.BeforeChange = _ =>
            {
                var now = Interlocked.Increment(ref changes);
                foreach (var (_, begin) in begins.Where(b => b.At < now))
                    begin.TrySetResult();
            };
            var restores = begins.Select((b, r) => RestoreAsync(b.Begin.Task, Opened(), $"r{r}", random.Next(1, 7))).ToList();
            await Task.WhenAll(PruneAsync(Opened(), Policies[random.Next(Policies.Length)]), PruneAsync(Opened(), Policies[random.Next(Policies.Length)]), BackUpAsync(Opened()));
            begins.ForEach(b => b.Begin.TrySetResult());
            await Task.WhenAll(restores);
            memory.BeforeChange = null;

            foreach (var restore in restores)
            {
                if (await restore is not { } got)
                {
                    refused++;
                    continue;
                }

                restored++;
                Assert.True(right[$"{got.Epoch} "].SequenceEqual(got.Records), $"{what}: epoch {got.Epoch} was not restored as it was");
            }

            var repository = await SomeEpochs.OpenAsync(memory);
            var findings = (await new RepositoryVerifier(memory).VerifyAsync(VerificationLevel.Full)).Findings;
            Assert.True(findings.Count == 0, $"{what}: {string.Join("; ", findings)}");
            var left = await PruneRepositories.SequencesAsync(repository);
            Assert.Equal(8, left[^1]);
            removed += 8 - left.Count;
            Assert.Equal(right.Where(epoch => left.Contains(epoch.Key[0] - '0')).SelectMany(epoch => epoch), await PruneRepositories.ContentsAsync(repository, [.. left.Where(e => e <= 6)]));
            Assert.Equal(30, (await PruneRepositories.ContentsAsync(repository, [8])).Count(record => record.StartsWith("8 orders-0", StringComparison.Ordinal)));

            // Whoever prunes afterwards, alone, leaves what is needed and nothing else.
            await PruneAsync(memory, new RetentionPolicy { KeepLast = 1 });
            Assert.Equal(await PruneRepositories.NeededAsync(repository), (await PruneRepositories.DataAsync(memory)).Where(name => !name.Contains("/run-9", StringComparison.Ordinal)));

            UnevenStore Opened() => new(memory, random.Next());
        }

        Figures.Print($"prunes at once{(packed ? ", packed" : "")}, seed {TestSize.Seed}: {TestSize.Of(150, 3_000)} cases, {removed} epochs removed, {restored} restores came through and {refused} were refused, nothing lost");
        Assert.True(restored > 20 && refused > 5 && removed > 300, $"{restored} {refused} {removed}");
    }

    private static async Task PruneAsync(IObjectStore store, RetentionPolicy policy)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        await PrunerTests.PruneAsync(repository, policy);
        await new OrphanCollector(repository, Clock).CollectAsync(TimeSpan.FromDays(1));
    }

    /// <summary>Two more epochs, the second on top of the first.</summary>
    private static async Task BackUpAsync(IObjectStore store)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        for (var epoch = 7; epoch <= 8; epoch++)
        {
            var parent = (await repository.LatestAsync())!;
            var from = 50 + ((epoch - 7) * 10L);
            var backup = await SomeEpochs.WriteAsync(store, epoch, "orders", 0, from, from + 10, SomeRecords.Batch(from, 10, epoch));
            var other = await SomeEpochs.WriteAsync(store, epoch, "orders", 1, 10, 10, []);
            await repository.CommitAsync(
                SomeEpochs.Core(parent, SomeEpochs.Topic("orders", []) with { Partitions = [SomeEpochs.Of(backup, 40), SomeEpochs.Of(other)] }), SomeEpochs.Added(("orders", [backup])), SomeEpochs.Run(epoch));
        }
    }

    private static async Task<(long Epoch, List<string> Records)?> RestoreAsync(Task begin, IObjectStore store, string restore, long epoch)
    {
        await begin.WaitAsync(TimeSpan.FromSeconds(60));
        try
        {
            await new RestorePins(store).PinAsync(restore, epoch, Clock.GetUtcNow());
        }
        catch (EpochNotFoundException)
        {
            return null;
        }

        var records = await PruneRepositories.ContentsAsync(await SomeEpochs.OpenAsync(store), [epoch]);
        await store.CreateAsync($"restores/{restore}/report.json", Checksum.Append("{\"restoreId\":\"r\"}"u8));
        return (epoch, records);
    }

    /// <summary>A run that left segments, long ago, and how far its collection has come.</summary>
    private static async Task LeaveAsync(MemoryObjectStore store, int collected)
    {
        await SomeEpochs.WriteAsync(store, 99, "orders", 0, 50, 60, SomeRecords.Batch(50, 10, 3));
        if (collected > 0)
            await store.CreateAsync("orphans/run-99.json", System.Text.Encoding.UTF8.GetBytes($"{{\"at\":\"{SomeEpochs.Time:O}\"}}"));
        if (collected > 1)
            await store.CreateAsync("collected/run-99.json", "{}"u8.ToArray());
    }
}
