using CsCheck;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Metered;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Storage;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Verification;

/// <summary>Verifying side by side finds what verifying one by one finds, and says it in the same order.</summary>
public sealed class ParallelVerificationTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Reports_are_equal_however_many_pieces_are_verified_at_once(bool packed, bool encrypted)
    {
        var sound = new MemoryObjectStore();
        await WideRepository.FillAsync(Opened(sound, encrypted), packed);
        var objects = sound.Objects.ToDictionary();
        var names = objects.Keys.Where(name => name != "repository.json" && !name.StartsWith("keys/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        var damage = Gen.Select(Gen.Int[0, names.Count - 1], Gen.Double[0, 1], Gen.Int[0, 9], (index, where, kind) => (Name: names[index], Where: where, Kind: kind));
        var findings = 0;
        Gen.Select(damage.Array[1, 12], Gen.Int[2, 6], Gen.Enum<VerificationLevel>(), Gen.Int[0, int.MaxValue]).Sample(
            sample =>
            {
                var (damages, parallel, level, seed) = sample;
                var damaged = new MemoryObjectStore();
                foreach (var (key, value) in objects)
                    damaged.Objects[key] = value;
                foreach (var (name, where, kind) in damages)
                    Damage(damaged, name, where, kind);
                var expected = VerifyAsync(damaged, encrypted, 1, level, seed).Result;
                var actual = VerifyAsync(damaged, encrypted, parallel, level, seed).Result;
                Assert.Equal(expected.Findings, actual.Findings);
                Assert.Equal(
                    (expected.Epochs, expected.Segments, expected.Bytes, string.Join(';', expected.Restorable.SelectMany(e => e.Lost))),
                    (actual.Epochs, actual.Segments, actual.Bytes, string.Join(';', actual.Restorable.SelectMany(e => e.Lost))));
                Interlocked.Add(ref findings, expected.Findings.Count);
            },
            iter: TestSize.Of(80, 1500),
            threads: 1);
        Assert.True(findings > 100, $"{findings} findings");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task As_many_segments_are_read_at_once_as_it_was_told_and_no_more(int parallel)
    {
        var memory = new MemoryObjectStore();
        await WideRepository.FillAsync(memory, packed: false);
        var gathering = new GatheringStore(memory, parallel);

        Assert.Empty((await new RepositoryVerifier(gathering, parallel).VerifyAsync(VerificationLevel.Full, cancellationToken: TestContext.Current.CancellationToken)).Findings);

        Assert.Equal(parallel, gathering.Most);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Less_than_one_at_once_is_refused(int parallel) => Assert.Throws<ArgumentOutOfRangeException>(() => new RepositoryVerifier(new MemoryObjectStore(), parallel));

    [Fact]
    public async Task A_store_that_can_not_be_used_ends_the_verification_at_once()
    {
        var memory = new MemoryObjectStore();
        await WideRepository.FillAsync(memory, packed: false);
        var failing = new FailingStore(memory);

        await Assert.ThrowsAsync<RepositoryUnavailableException>(() => new RepositoryVerifier(failing, 4).VerifyAsync(VerificationLevel.Full));

        Assert.InRange(failing.Opened, 4, 8);
    }

    [Fact]
    public async Task Segments_that_are_neighbours_in_a_pack_are_read_with_one_request()
    {
        var memory = new MemoryObjectStore();
        await WideRepository.FillAsync(memory, packed: true, topics: 40, packBytes: 20_000);
        var packs = memory.Objects.Keys.Count(name => name.StartsWith("packs/", StringComparison.Ordinal));
        using var calls = new CountedCalls();

        var report = await new RepositoryVerifier(new MeteredObjectStore(memory, TimeProvider.System), 4).VerifyAsync(VerificationLevel.Full);

        Assert.Empty(report.Findings);
        // One partition of three has two segments in an epoch, and they are read by themselves, their indexes too: the digest goes over both.
        var alone = WideRepository.Epochs * 40 * 2;
        var others = memory.Objects.Keys.Count(name => !name.StartsWith("packs/", StringComparison.Ordinal));
        Figures.Print($"verify of {report.Segments} segments in {packs} packs: {calls.Of("open")} requests to read; one by one it would be {others + (2 * packs) + (2 * report.Segments)}");
        Assert.Equal(WideRepository.Epochs * 40 * 4, report.Segments);
        Assert.InRange(calls.Of("open"), (2 * alone) + packs, others + (3 * packs) + (2 * alone));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Progress_counts_up_to_all_bytes_and_is_told_by_one_thread_at_a_time(bool packed)
    {
        var memory = new MemoryObjectStore();
        await WideRepository.FillAsync(memory, packed);
        var told = new List<VerificationProgress>();
        var report = await new RepositoryVerifier(memory, 4).VerifyAsync(
            VerificationLevel.Full, new VerificationSelection { Subset = new VerificationSubset(3, 1) }, new Told(told), TestContext.Current.CancellationToken);

        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.First.BytesDone <= pair.Second.BytesDone && pair.First.Segments <= pair.Second.Segments && pair.First.Epoch <= pair.Second.Epoch));
        Assert.Equal(WideRepository.Epochs * 16, told[^1].Segments);
        Assert.Single(told.Select(progress => progress.BytesToDo).Distinct());
        Assert.Equal((5, told[^1].BytesToDo, report.Bytes), (told[^1].LastEpoch, told[^1].BytesDone, told[^1].Bytes));
        Assert.InRange(report.Bytes, 1, told[^1].BytesToDo - 1);
    }

    private static IObjectStore Opened(IObjectStore store, bool encrypted) => encrypted ? SomeKeys.Protect(store, SomeKeys.KeyFile(3)) : store;

    private static async Task<VerificationReport> VerifyAsync(MemoryObjectStore damaged, bool encrypted, int parallel, VerificationLevel level, int seed) =>
        await new RepositoryVerifier(Opened(new UnevenStore(damaged, seed), encrypted), parallel).VerifyAsync(level);

    private static void Damage(MemoryObjectStore store, string name, double where, int kind)
    {
        if (!store.Objects.TryGetValue(name, out var there))
            return;
        var at = (int)(where * there.Length);
        if (kind == 0)
            store.Objects.Remove(name);
        else if (kind == 1)
            store.Objects[name] = there[..at];
        else if (at < there.Length)
            store.Objects[name] = [.. there[..at], (byte)(there[at] ^ (1 << (kind - 2))), .. there[(at + 1)..]];
    }

    private sealed class Told(List<VerificationProgress> told) : IProgress<VerificationProgress>
    {
        private int now;

        public void Report(VerificationProgress value)
        {
            Assert.Equal(1, Interlocked.Increment(ref now));
            told.Add(value);
            Interlocked.Decrement(ref now);
        }
    }

    /// <summary>Answers sooner or later, so that what was begun first ends at any time.</summary>
    private sealed class UnevenStore(IObjectStore inner, int seed) : DelegatingStore(inner)
    {
        private int calls;

        public override async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
        {
            for (var i = new Random(seed + Interlocked.Increment(ref calls)).Next(12); i > 0; i--)
                await Task.Yield();
            return await base.OpenReadAsync(name, offset, length, cancellationToken);
        }
    }

    private sealed class FailingStore(IObjectStore inner) : DelegatingStore(inner)
    {
        private int opened;

        public int Opened => opened;

        public override Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default) =>
            !name.EndsWith(".log", StringComparison.Ordinal) || Interlocked.Increment(ref opened) < 4
                ? base.OpenReadAsync(name, offset, length, cancellationToken)
                : throw new RepositoryUnavailableException("here", "it is switched off", "switch it on");
    }
}
