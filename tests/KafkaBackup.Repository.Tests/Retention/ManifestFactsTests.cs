using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Retention;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Retention;

/// <summary>What a plan reads of manifests is what is read of them as a whole.</summary>
public sealed class ManifestFactsTests
{
    private readonly MemoryObjectStore store = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_are_those_of_the_whole_manifest(bool packed)
    {
        await PruneRepositories.FillAsync(store, packed);
        for (var sequence = 1L; sequence <= PruneRepositories.Epochs; sequence++)
        {
            var json = store.Objects[RepositoryNames.Epoch(sequence)];
            var (facts, whole) = (ManifestFacts.Read(sequence, json), Manifest.Read(sequence, json));

            Assert.Equal((sequence, whole.Run.SealedAt), (facts.Sequence, facts.SealedAt));
            Assert.Equal(whole.OwnLists.Select(Told), facts.OwnLists.Select(Told));
            Assert.Equal(
                EpochFacts.HeldBy(whole.Core).SelectMany(topic => topic.Value.Select(p => (topic.Key, p.Key, p.Value))), facts.Held.SelectMany(topic => topic.Value.Select(p => (topic.Key, p.Key, p.Value))));
        }

        static string Told(KeyValuePair<string, TopicLists> lists) => $"{lists.Key} {lists.Value.Epoch} {string.Join(' ', lists.Value.Lists)}";
    }

    [Fact]
    public async Task A_manifest_that_is_damaged_or_of_another_epoch_or_version_is_refused()
    {
        await PruneRepositories.FillAsync(store, packed: false);
        var json = store.Objects[RepositoryNames.Epoch(2)];

        Assert.Equal("it is that of epoch 2", Assert.Throws<DamagedObjectException>(() => ManifestFacts.Read(3, json)).Problem);
        Assert.Throws<DamagedObjectException>(() => ManifestFacts.Read(2, [.. json[..90], (byte)(json[90] ^ 1), .. json[91..]]));
        Assert.Throws<UnsupportedFormatException>(() => ManifestFacts.Read(2, store.Objects["repository.json"]));
    }
}
