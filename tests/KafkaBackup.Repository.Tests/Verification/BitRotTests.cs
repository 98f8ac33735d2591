using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Merging;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Tests.Merging;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Verification;

/// <summary>One bit of one object is flipped, of every kind of object: it is found and named, and no restore delivers a wrong byte.</summary>
public sealed class BitRotTests
{
    /// <summary>What the CRC of a batch covers begins here: the records, and all that is not rewritten when they are restored. The offset in front of it counts as well.</summary>
    private const int Covered = 21;

    [Theory]
    [InlineData(false, false, null)]
    [InlineData(true, false, null)]
    [InlineData(false, true, null)]
    [InlineData(true, true, null)]
    [InlineData(false, true, NameVisibility.Plain)]
    [InlineData(true, false, NameVisibility.Hidden)]
    public async Task Every_flipped_bit_is_found_in_the_right_object_and_nothing_wrong_is_restored(bool packed, bool merged, NameVisibility? encrypted)
    {
        var random = new Random(TestSize.Seed);
        var memory = new MemoryObjectStore();
        await FillAsync(Opened(), packed, merged);
        if (encrypted is not null)
            await SomeKeys.KeysOf(memory).AddAsync(SomeKeys.KeyFile(3), SomeKeys.KeyFile(4), "second");
        var tokens = encrypted is NameVisibility.Hidden ? new HiddenNames((await SomeKeys.KeysOf(memory).OpenAsync(SomeKeys.KeyFile(3), default)).Keyring.DeriveNameKey()) : null;
        var sound = memory.Objects.ToDictionary();
        var newest = sound.Keys.Where(name => name.StartsWith("epochs/", StringComparison.Ordinal)).Max(StringComparer.Ordinal)!;
        var restored = await RestoreAsync(Opened());
        Assert.Empty((await new RepositoryVerifier(Opened()).VerifyAsync(VerificationLevel.Full)).Findings);
        var counts = new SortedDictionary<string, (int Flips, int Refused, int Harmless)>(StringComparer.Ordinal);
        foreach (var kind in sound.Where(o => o.Value.Length > 0).GroupBy(o => KindOf(o.Key, newest)))
        {
            var names = kind.Select(o => o.Key).Order(StringComparer.Ordinal).ToList();
            for (var i = 0; i < TestSize.Of(encrypted is null ? 15 : 6, 180); i++)
            {
                var name = names[random.Next(names.Count)];
                var (at, bit) = (random.Next(sound[name].Length), random.Next(8));
                var flipped = sound[name].ToArray();
                flipped[at] ^= (byte)(1 << bit);
                memory.Objects[name] = flipped;
                var what = $"{name}, byte {at}, bit {bit}, seed {TestSize.Seed}";

                var findings = (await new RepositoryVerifier(Opened()).VerifyAsync(VerificationLevel.Full)).Findings;
                Assert.True(findings.Any(finding => Stored(finding.Object) == name), $"{what}: {string.Join("; ", findings)}");
                var (flips, refused, harmless) = counts.GetValueOrDefault(kind.Key);
                var isRefused = Check(restored, await RestoreAsync(Opened()), what);
                // Users are held by no epoch that is there: their segments only wait for one.
                Assert.True(isRefused || kind.Key != "segment" || tokens is not null || !name.Contains("/orders/", StringComparison.Ordinal), $"{what} is not refused");
                counts[kind.Key] = (flips + 1, refused + (isRefused ? 1 : 0), harmless + (isRefused ? 0 : 1));
                memory.Objects[name] = sound[name];
            }
        }

        Figures.Print($"bit rot{(packed ? ", packed" : "")}{(merged ? ", merged" : "")}{(encrypted is { } how ? $", encrypted, names {how}" : "")}, seed {TestSize.Seed}: " + string.Join(", ", counts.Select(k => $"{k.Key} {k.Value.Flips} ({k.Value.Refused} refused by a restore, {k.Value.Harmless} harmless to it)")));
        string[] kinds =
        [
            "repository.json", "newest manifest", "manifest", "stub", "prune", "pin", "restore's account", "list", "segment", "index", "timeindex", "txnindex",
            .. packed ? ["pack"] : Array.Empty<string>(), .. merged ? ["merge"] : Array.Empty<string>(),
            .. encrypted is not null ? ["key"] : Array.Empty<string>(), .. tokens is not null ? ["name"] : Array.Empty<string>(),
        ];
        Assert.Equal(kinds.Order(StringComparer.Ordinal), counts.Keys);
        Assert.True(!TestSize.IsNightly || counts.Values.Sum(count => count.Flips) >= 2_000);
        Assert.True(counts["segment"].Refused > 0);
        Assert.Equal(0, counts["pin"].Refused + counts["index"].Refused + counts["timeindex"].Refused + counts["txnindex"].Refused);
        Assert.True(!packed || counts["pack"].Refused > 0);
        Assert.True(!merged || counts["merge"].Refused == counts["merge"].Flips);

        IObjectStore Opened() => encrypted is { } visibility ? SomeKeys.Protect(memory, SomeKeys.KeyFile(3), visibility) : memory;

        string Stored(string name) => tokens is not null && HiddenNames.TopicIn(name) is { } topic ? HiddenNames.Replace(name, topic, tokens.TokenOf(topic)) : name;
    }

    /// <summary>Each epoch's partitions as a restore gets them, up to where it is refused.</summary>
    private static async Task<Dictionary<string, (byte[] Bytes, bool IsRefused)>> RestoreAsync(IObjectStore store)
    {
        var all = new Dictionary<string, (byte[], bool)>();
        for (var sequence = 1L; sequence <= 6; sequence++)
        {
            Epoch epoch;
            try
            {
                epoch = await (await BackupRepository.OpenAsync(store)).ReadEpochAsync(sequence);
            }
            catch (RepositoryException)
            {
                all[$"{sequence}"] = ([], true);
                continue;
            }

            foreach (var topic in epoch.Core.Topics)
            {
                try
                {
                    var segments = await (await BackupRepository.OpenAsync(store)).ReadSegmentsAsync(epoch, topic.Name);
                    foreach (var partition in segments.GroupBy(segment => segment.Partition))
                        all[$"{sequence} {topic.Name}-{partition.Key}"] = await ReadAsync(store, topic.Name, [.. partition]);
                }
                catch (RepositoryException)
                {
                    all[$"{sequence} {topic.Name}"] = ([], true);
                }
            }
        }

        return all;
    }

    private static async Task<(byte[] Bytes, bool IsRefused)> ReadAsync(IObjectStore store, string topic, IReadOnlyList<SegmentReference> segments)
    {
        using var bytes = new MemoryStream();
        await using var reader = new PartitionReader(store, topic, segments);
        try
        {
            while (await reader.ReadAsync())
            {
                bytes.Write(reader.Current.Batch.Bytes.Span[..sizeof(long)]);
                bytes.Write(reader.Current.Batch.Bytes.Span[Covered..]);
            }

            return (bytes.ToArray(), false);
        }
        catch (DamagedSegmentException)
        {
            return (bytes.ToArray(), true);
        }
    }

    /// <returns>Whether anything was refused. What was delivered has to be what is right.</returns>
    private static bool Check(Dictionary<string, (byte[] Bytes, bool IsRefused)> right, Dictionary<string, (byte[] Bytes, bool IsRefused)> got, string what)
    {
        foreach (var (key, (bytes, isRefused)) in got)
        {
            if (!right.TryGetValue(key, out var expected))
                Assert.True(isRefused, $"{what}: {key} is there, and was not");
            else
                Assert.True(isRefused ? expected.Bytes.AsSpan().StartsWith(bytes) : expected.Bytes.AsSpan().SequenceEqual(bytes), $"{what}: {key} has wrong bytes");
        }

        // What is missing was refused further up.
        return got.Any(v => v.Value.IsRefused && !(right.TryGetValue(v.Key, out var before) && before.IsRefused)) || !right.Keys.All(got.ContainsKey);
    }

    private static async Task FillAsync(IObjectStore store, bool packed, bool merged)
    {
        await SomeRepository.FillAsync(store, packed);
        var repository = await SomeEpochs.OpenAsync(store);
        if (merged)
        {
            // What is replaced goes with the epochs that are removed below: there is one on top.
            Assert.NotNull(await MergeRepositories.MergeAsync(repository, policy: new MergePolicy { LeastSegments = 2, SegmentBytes = 1_500, PackedSegmentBytes = packed ? 2_000 : 0 }));
            await SomeRepository.AddAsync(store, packed);
        }

        var clock = new FakeTimeProvider(SomeEpochs.Time.AddDays(1));
        var pruner = new Pruner(repository, clock);
        // The first two epochs are gone; what would be next was begun.
        var begun = (await pruner.BeginAsync(await pruner.PlanAsync(new RetentionPolicy { KeepLast = merged ? 4 : 3 })))!;
        await pruner.RemoveEpochsAsync(begun);
        await pruner.DeleteObjectsAsync(begun);
        await pruner.BeginAsync(await pruner.PlanAsync(new RetentionPolicy { KeepLast = 2 }));
        await new RestorePins(store).PinAsync("r1", 4, clock.GetUtcNow());
        await store.CreateAsync("restores/r1/producers/orders-0.0.json", Checksum.Append("{\"id\":1,\"epoch\":2}"u8));
        await store.CreateAsync("restores/r1/maps/orders-0.json", Checksum.Append("{\"runs\":[[0,0,10]]}"u8));
        await store.CreateAsync("restores/r1/report.json", Checksum.Append("{\"restoreId\":\"r1\"}"u8));
    }

    private static string KindOf(string name, string newest) => name switch
    {
        "repository.json" => name,
        _ when name.StartsWith("epochs/", StringComparison.Ordinal) => name == newest ? "newest manifest" : "manifest",
        _ when name.StartsWith("restores/", StringComparison.Ordinal) => name[(name.LastIndexOf('/') + 1)..] is "pin.json" ? "pin" : "restore's account",
        _ when name.StartsWith("topics/", StringComparison.Ordinal) => name.EndsWith(".log", StringComparison.Ordinal) ? "segment" : name[(name.LastIndexOf('.') + 1)..],
        _ => name[..name.IndexOf('/')].TrimEnd('s'),
    };
}
