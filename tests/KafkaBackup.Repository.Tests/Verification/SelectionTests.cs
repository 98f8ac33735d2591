using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Tests.Epochs;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Verification;

/// <summary>Parts of a repository are verified, and what damage means is told.</summary>
public sealed class SelectionTests
{
    private readonly MemoryObjectStore store = new();

    [Theory]
    [InlineData(100, 1)]
    [InlineData(50, 2)]
    [InlineData(5, 20)]
    [InlineData(34, 2)]
    [InlineData(0.1, 1000)]
    public void A_share_is_at_least_as_large_as_it_was_asked_to_be(double percent, int parts) => Assert.Equal(parts, VerificationSubset.PartsFor((decimal)percent));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Successive_shares_read_every_segment_once_and_find_what_a_whole_verification_finds(bool packed)
    {
        await SomeRepository.FillAsync(store, packed);
        var whole = await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full);
        foreach (var first in (long[])[0, 17])
        {
            var bytes = 0L;
            for (var run = 0; run < 4; run++)
            {
                var part = await VerifyAsync(new VerificationSubset(4, first + run));
                Assert.Empty(part.Findings);
                Assert.Equal(whole.Segments, part.Segments);
                bytes += part.Bytes;
            }

            Assert.Equal(whole.Bytes, bytes);
        }

        var log = store.Objects.Where(o => o.Key.EndsWith(".log", StringComparison.Ordinal)).OrderBy(o => o.Key, StringComparer.Ordinal).First(o => o.Value.Length > 100).Key;
        store.Objects[log][100] ^= 1;
        var runs = new List<bool>();
        for (var run = 0; run < 8; run++)
            runs.Add((await VerifyAsync(new VerificationSubset(4, run))).Findings.Any(finding => finding.Object == log));
        Assert.Equal(2, runs.Count(found => found));
        Assert.Equal(runs[..4], runs[4..]);

        Task<VerificationReport> VerifyAsync(VerificationSubset subset) => new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, new VerificationSelection { Subset = subset });
    }

    [Fact]
    public async Task Only_the_topics_that_are_selected_are_looked_at()
    {
        await SomeRepository.FillAsync(store);
        store.Objects["topics/users/life-1/run-2/users-0/00000000000000000000.log"][100] ^= 1;
        store.Objects["topics/orders/life-1/run-5/orders-0/00000000000000000060.log"][100] ^= 1;

        Assert.Equal("users", Assert.Single((await VerifyAsync("users")).Findings).Topic);
        Assert.Equal("orders", Assert.Single((await VerifyAsync("orders")).Findings).Topic);

        Task<VerificationReport> VerifyAsync(string topic) => new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, new VerificationSelection { Topics = name => name == topic });
    }

    [Fact]
    public async Task What_can_still_be_restored_is_told_epoch_by_epoch()
    {
        await SomeRepository.FillAsync(store);
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Restorable);
        store.Objects["topics/orders/life-1/run-3/orders-0/00000000000000000040.log"][^1] ^= 1;
        store.Objects["topics/orders/life-1/run-1/orders-0/00000000000000000000.index"] = [1];
        store.Objects["epochs/00000000000000000002.json"][99] ^= 1;

        var report = await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full);

        Assert.Equal(
            ["1 True ", "2 False ", "3 True orders-0 [50, 60)", "4 True orders-0 [50, 60)", "5 True orders-0 [50, 60)"],
            report.Restorable.Select(epoch => $"{epoch.Epoch} {epoch.IsReadable} {string.Join(", ", epoch.Lost)}"));
    }

    [Fact]
    public async Task Newest_manifests_that_are_gone_are_noticed_where_a_restore_was_of_them()
    {
        await SomeRepository.FillAsync(store);
        await new RestorePins(store).PinAsync("r1", 5, SomeEpochs.Time);
        store.Objects.Remove("epochs/00000000000000000005.json");

        var finding = Assert.Single((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Quick)).Findings);

        Assert.Equal(("epochs/00000000000000000005.json", 5), (finding.Object, finding.Epoch));
        Assert.Contains("restores/r1/pin.json", finding.Problem);
    }
}
