using System.Text;
using CsCheck;
using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Verification;

public sealed class RepositoryVerifierTests
{
    private readonly MemoryObjectStore store = new();

    [Theory]
    [InlineData(VerificationLevel.Quick, false)]
    [InlineData(VerificationLevel.Full, false)]
    [InlineData(VerificationLevel.Quick, true)]
    [InlineData(VerificationLevel.Full, true)]
    public async Task An_undamaged_repository_has_no_findings(VerificationLevel level, bool packed)
    {
        await SomeRepository.FillAsync(store, packed);
        Assert.Equal(packed ? 2 : 0, store.Objects.Keys.Count(name => name.StartsWith("packs/", StringComparison.Ordinal)));

        var report = await new RepositoryVerifier(store).VerifyAsync(level);

        Assert.Empty(report.Findings);
        Assert.True(report.IsSound);
        Assert.Equal((5, 9), (report.Epochs, report.Segments));
        Assert.Equal(level == VerificationLevel.Full ? 3903 : 0, report.Bytes);
    }

    [Fact]
    public async Task An_empty_repository_has_no_findings()
    {
        await SomeEpochs.OpenAsync(store);

        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task What_is_no_repository_is_not_verified() =>
        await Assert.ThrowsAsync<NotARepositoryException>(() => new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full));

    [Fact]
    public async Task An_epoch_that_is_not_there_is_told()
    {
        await SomeRepository.FillAsync(store);

        await Assert.ThrowsAsync<EpochNotFoundException>(() => new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, 6));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_flipped_bit_in_any_object_is_found_and_named(bool packed)
    {
        await SomeRepository.FillAsync(store, packed);
        var objects = store.Objects.ToDictionary();
        var names = objects.Keys.Where(name => objects[name].Length > 0).Order(StringComparer.Ordinal).ToList();
        Gen.Select(Gen.Int[0, names.Count - 1], Gen.Double[0, 1], Gen.Int[0, 7]).Sample(
            flip =>
            {
                var (index, where, bit) = flip;
                var name = names[index];
                var damaged = new MemoryObjectStore();
                foreach (var (key, value) in objects)
                    damaged.Objects[key] = value.ToArray();
                damaged.Objects[name][(int)(where * (objects[name].Length - 1))] ^= (byte)(1 << bit);
                var findings = new RepositoryVerifier(damaged).VerifyAsync(VerificationLevel.Full).Result.Findings;
                Assert.Contains(findings, finding => finding.Object == name);
            },
            iter: 600,
            threads: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_that_is_missing_cut_off_or_longer_is_found_and_named(bool packed)
    {
        await SomeRepository.FillAsync(store, packed);
        foreach (var name in store.Objects.Keys.ToList())
        {
            var bytes = store.Objects[name];
            store.Objects.Remove(name);
            Assert.Contains(await FindAsync(VerificationLevel.Quick, isLast: name.StartsWith("epochs/00000000000000000005")), finding => finding.Object == name);
            store.Objects[name] = [.. bytes, 0];
            Assert.Contains(await FindAsync(VerificationLevel.Full), finding => finding.Object == name);
            if (bytes.Length > 0)
            {
                store.Objects[name] = bytes[..^1];
                Assert.Contains(await FindAsync(VerificationLevel.Full), finding => finding.Object == name);
            }

            store.Objects[name] = bytes;
        }

        Assert.Empty(await FindAsync(VerificationLevel.Full));
    }

    [Fact]
    public async Task Damage_is_told_with_epoch_partition_and_offsets()
    {
        await SomeRepository.FillAsync(store);
        var name = "topics/orders/life-1/run-3/orders-0/00000000000000000040.log";
        store.Objects[name][^1] ^= 1;

        var finding = Assert.Single(await FindAsync(VerificationLevel.Full));

        Assert.Equal((name, 3L, "orders", 0, 50L, 60L), (finding.Object, finding.Epoch, finding.Topic, finding.Partition, finding.From, finding.To));
        Assert.Contains("CRC", finding.Problem);
        Assert.Empty(await FindAsync(VerificationLevel.Quick));
    }

    [Fact]
    public async Task Damage_in_a_pack_is_told_with_topic_partition_and_offsets()
    {
        await SomeRepository.FillAsync(store, packed: true);
        var (name, pack) = ("packs/run-5/00000-00000", store.Objects["packs/run-5/00000-00000"]);
        var segment = (await LastSegmentsAsync()).Single(s => s.From == 80);
        Assert.Equal(name, segment.Object);

        async Task<VerificationFinding> FoundAsync(VerificationLevel level, byte[] damaged)
        {
            store.Objects[name] = damaged;
            var finding = Assert.Single(await FindAsync(level));
            Assert.Equal((name, 5L, "orders", 0, 80L, 90L), (finding.Object, finding.Epoch, finding.Topic, finding.Partition, finding.From, finding.To));
            return finding;
        }

        Assert.Contains("CRC", (await FoundAsync(VerificationLevel.Full, Flipped(segment.Offset + segment.Length - 1))).Problem);
        Assert.Contains("SHA-256", (await FoundAsync(VerificationLevel.Full, Flipped(segment.Offset + 15))).Problem);
        Assert.Contains($"indexes at {segment.Offset + segment.Length}", (await FoundAsync(VerificationLevel.Full, Flipped(segment.Offset + segment.Length))).Problem);
        Assert.Contains($"indexes at {segment.Offset + segment.Length}", (await FoundAsync(VerificationLevel.Full, Flipped(segment.Offset + segment.Length + 13))).Problem);
        Assert.Empty(await FindAsync(VerificationLevel.Quick));

        byte[] Flipped(long at) => [.. pack.Select((b, i) => i == at ? (byte)(b ^ 1) : b)];
    }

    [Fact]
    public async Task A_pack_in_the_place_of_another_is_found_quickly()
    {
        await SomeRepository.FillAsync(store, packed: true);
        store.Objects["packs/run-5/00000-00000"] = store.Objects["packs/run-3/00000-00000"];

        var findings = await FindAsync(VerificationLevel.Quick);

        Assert.Equal([("orders", 0, 60L, 80L), ("orders", 0, 80L, 90L), ("orders", 1, 9L, 19L)], findings.Select(f => (f.Topic!, f.Partition!.Value, f.From!.Value, f.To!.Value)));
        Assert.All(findings, f => Assert.Equal("packs/run-5/00000-00000", f.Object));
        Assert.All(findings.Take(2), f => Assert.Contains("does not have this segment", f.Problem));
        Assert.Contains("was to lie at", findings[2].Problem);
    }

    [Fact]
    public async Task A_pack_that_is_too_short_for_a_segment_is_found_quickly_and_its_directory_told_once()
    {
        await SomeRepository.FillAsync(store, packed: true);
        var last = (await LastSegmentsAsync())[^1];
        store.Objects["packs/run-5/00000-00000"] = store.Objects["packs/run-5/00000-00000"][..(int)(last.Offset + last.Length - 1)];

        var findings = await FindAsync(VerificationLevel.Quick);

        Assert.Equal(["does not end as a pack does", $"was to lie at {last.Offset} to {last.Offset + last.Length}"], findings.Select(f => f.Problem[^(f.Partition is null ? 27 : $"was to lie at {last.Offset} to {last.Offset + last.Length}".Length)..]));
        Assert.Equal(("orders", 1, 9L, 19L), (findings[1].Topic!, findings[1].Partition!.Value, findings[1].From!.Value, findings[1].To!.Value));
    }

    [Fact]
    public async Task One_epoch_is_verified_with_what_it_needs_and_nothing_else()
    {
        await SomeRepository.FillAsync(store);
        store.Objects["topics/users/life-1/run-2/users-0/00000000000000000000.log"][100] ^= 1;
        store.Objects["topics/orders/life-1/run-5/orders-0/00000000000000000060.log"][100] ^= 1;
        var verifier = new RepositoryVerifier(store);

        Assert.Equal(2, (await verifier.VerifyAsync(VerificationLevel.Full)).Findings.Count);
        Assert.Empty((await verifier.VerifyAsync(VerificationLevel.Full, 3)).Findings);
        Assert.Equal(2, (await verifier.VerifyAsync(VerificationLevel.Full, 2)).Findings.Single().Epoch);
        Assert.Equal(3, (await verifier.VerifyAsync(VerificationLevel.Full, 3)).Epochs);
    }

    [Fact]
    public async Task A_damaged_manifest_does_not_hide_the_rest()
    {
        await SomeRepository.FillAsync(store);
        store.Objects["epochs/00000000000000000002.json"][99] ^= 1;
        store.Objects["topics/orders/life-1/run-3/orders-0/00000000000000000040.log"][100] ^= 1;

        var findings = await FindAsync(VerificationLevel.Full);

        Assert.Equal(
            ["epochs/00000000000000000002.json", "topics/orders/life-1/run-3/orders-0/00000000000000000040.log"],
            findings.Select(finding => finding.Object));
    }

    [Fact]
    public async Task A_manifest_put_in_the_place_of_another_breaks_the_chain()
    {
        await SomeRepository.FillAsync(store);
        var other = new MemoryObjectStore();
        var repository = await SomeEpochs.OpenAsync(other);
        await repository.CommitAsync(SomeEpochs.Core(null) with { Cluster = new ClusterIdentity("cluster-2") }, SomeEpochs.Added(), SomeEpochs.Run(1));
        store.Objects["epochs/00000000000000000001.json"] = other.Objects["epochs/00000000000000000001.json"];

        Assert.Contains(await FindAsync(VerificationLevel.Quick), finding => finding is { Epoch: 2, Object: "epochs/00000000000000000002.json" } && finding.Problem.Contains("chain"));
    }

    [Theory]
    [InlineData("\"batches\":2,", "\"batches\":3,", "batches")]
    [InlineData("\"from\":30,\"to\":60", "\"from\":31,\"to\":60", "begins at 31")]
    [InlineData("\"from\":30,\"to\":60", "\"from\":30,\"to\":61", "end at 60")]
    [InlineData("\"digest\":\"", "\"digest\":\"0", "digest")]
    [InlineData("\"epoch\":3,", "\"epoch\":2,", "where the topic's data is")]
    public async Task A_manifest_that_does_not_say_what_its_segments_do_is_found_even_with_a_right_checksum(string text, string other, string problem)
    {
        await SomeRepository.FillAsync(store);
        Forge("epochs/00000000000000000003.json", text, other);

        Assert.Contains(await FindAsync(VerificationLevel.Full), finding => finding.Epoch == 3 && finding.Problem.Contains(problem));
    }

    [Fact]
    public async Task A_wrong_digest_over_several_segments_is_found()
    {
        await SomeRepository.FillAsync(store);
        var json = Encoding.UTF8.GetString(store.Objects["epochs/00000000000000000001.json"]);
        var at = json.IndexOf("\"digest\":\"", StringComparison.Ordinal) + 10;
        Forge("epochs/00000000000000000001.json", json.Substring(at, 64), new string('0', 64));

        Assert.Contains(await FindAsync(VerificationLevel.Full), finding => finding is { Epoch: 1, Topic: "orders", Partition: 0 } && finding.Problem.Contains("digest"));
    }

    [Fact]
    public async Task A_newer_programs_repository_is_refused()
    {
        await SomeRepository.FillAsync(store);
        Forge("repository.json", "\"version\":1", "\"version\":2");

        await Assert.ThrowsAsync<UnsupportedFormatException>(() => FindAsync(VerificationLevel.Quick));
    }

    [Theory]
    [InlineData(VerificationLevel.Quick)]
    [InlineData(VerificationLevel.Full)]
    public async Task A_list_of_a_newer_program_is_told_with_the_remedy(VerificationLevel level)
    {
        await SomeRepository.FillAsync(store);
        var hash = (await (await BackupRepository.OpenAsync(store)).ReadEpochAsync(5)).Lists.Single(list => list.Key.StartsWith("orders/", StringComparison.Ordinal)).Value.Lists[^1];
        var newer = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(store.Objects[RepositoryNames.List(hash)]).Replace("\"version\":1", "\"version\":9", StringComparison.Ordinal));
        store.Objects[RepositoryNames.List(PlainHash.Of(newer))] = newer;
        Forge("epochs/00000000000000000005.json", hash, PlainHash.Of(newer));

        var finding = Assert.Single(await FindAsync(level), f => f.Object == RepositoryNames.List(PlainHash.Of(newer)));
        Assert.Equal((5L, "orders"), (finding.Epoch, finding.Topic));
        Assert.Contains("version 9", finding.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_is_told_by_epoch_and_segment()
    {
        await SomeRepository.FillAsync(store);
        var reports = new List<VerificationProgress>();

        await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, progress: new Synchronous(reports.Add));

        Assert.Equal([1, 2, 3, 4, 5], reports.Select(report => report.Epoch).Distinct());
        Assert.Equal(9, reports[^1].Segments);
        Assert.True(reports.Zip(reports.Skip(1)).All(pair => pair.First.Bytes <= pair.Second.Bytes));
    }

    private async Task<IReadOnlyList<SegmentReference>> LastSegmentsAsync()
    {
        var repository = await BackupRepository.OpenAsync(store);
        return await repository.ReadSegmentsAsync((await repository.LatestAsync())!, "orders");
    }

    private void Forge(string name, string text, string other)
    {
        var json = Encoding.UTF8.GetString(store.Objects[name]);
        Assert.Contains(text, json);
        var at = json.IndexOf(text, StringComparison.Ordinal);
        var body = (json[..at] + other + json[(at + text.Length)..])[..(json.LastIndexOf(",\"checksum\"", StringComparison.Ordinal) + other.Length - text.Length)];
        store.Objects[name] = Encoding.UTF8.GetBytes($"{body},\"checksum\":\"{PlainHash.Of(Encoding.UTF8.GetBytes(body))}\"}}");
    }

    /// <param name="level">How much.</param>
    /// <param name="isLast">The last manifest is gone: nothing says that it ever was, but asking for it does.</param>
    private async Task<IReadOnlyList<VerificationFinding>> FindAsync(VerificationLevel level, bool isLast = false) => isLast
        ? [new VerificationFinding("epochs/00000000000000000005.json", (await Assert.ThrowsAsync<EpochNotFoundException>(() => new RepositoryVerifier(store).VerifyAsync(level, 5))).Message)]
        : (await new RepositoryVerifier(store).VerifyAsync(level)).Findings;

    private sealed class Synchronous(Action<VerificationProgress> report) : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) => report(value);
    }
}
