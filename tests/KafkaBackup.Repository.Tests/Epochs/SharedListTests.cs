using System.Text;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Tests.Encryption;
using KafkaBackup.Repository.Verification;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Epochs;

/// <summary>Lists of version 2, which lead into packs and may be shared.</summary>
public sealed class SharedListTests
{
    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task Many_topics_with_little_news_share_lists_and_each_goes_on_by_itself()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"topic-{i:D3}")];
        var backups = await SomeEpochs.PackAsync(store, 1, Some.SmallSegments, [.. names.Select(name => new PartitionToWrite(name, 0, 0, 5, Some.Batch(0, 4)))]);
        var first = await repository.CommitAsync(
            SomeEpochs.Core(null, [.. names.Select((name, i) => SomeEpochs.Topic(name, [backups[i]]))]),
            SomeEpochs.Added([.. names.Select((name, i) => (name, new[] { backups[i] }))]),
            SomeEpochs.Run(1));
        Assert.Equal(2, store.Objects.Keys.Count(name => name.StartsWith("lists/", StringComparison.Ordinal)));
        var later = await SomeEpochs.PackAsync(store, 2, Some.SmallSegments, [new PartitionToWrite(names[7], 0, 5, 9, Some.Batch(5, 3)), new PartitionToWrite(names[8], 0, 5, 5, [])]);
        var second = await repository.CommitAsync(
            SomeEpochs.Core(first, SomeEpochs.Topic(names[7], [later[0]]), SomeEpochs.Topic(names[8], [later[1]])),
            SomeEpochs.Added((names[7], [later[0]])),
            SomeEpochs.Run(2));

        Assert.Equal(3, store.Objects.Keys.Count(name => name.StartsWith("lists/", StringComparison.Ordinal)));
        Assert.Equal([(0L, 5L), (5L, 9L)], (await repository.ReadSegmentsAsync(second, names[7])).Select(s => (s.From, s.To)));
        Assert.Equal(first.Lists[$"{names[8]}/life-1"].Lists, second.Lists[$"{names[8]}/life-1"].Lists);
        var counting = new CountingStore(store);
        var reading = await BackupRepository.OpenAsync(counting);
        var before = counting.Reads;
        foreach (var (name, backup) in names.Zip(backups))
            Assert.Equal(backup.Segments.Single().Sha256, Assert.Single(await reading.ReadSegmentsAsync(first, name)).Sha256);
        Assert.Equal(2, counting.Reads - before);
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
    }

    [Fact]
    public async Task A_list_that_leads_into_packs_is_of_version_2_and_no_other_object_is()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var packed = await SomeEpochs.PackAsync(store, 2, Some.SmallSegments, new PartitionToWrite("orders", 0, 5, 9, Some.Batch(5, 3)));
        var second = await repository.CommitAsync(SomeEpochs.Core(first, SomeEpochs.Topic("orders", packed)), SomeEpochs.Added(("orders", packed)), SomeEpochs.Run(2));

        string Text(string name) => Encoding.UTF8.GetString(store.Objects[name]);
        Assert.StartsWith("""{"format":"kafka-backup-list","version":1,"topic":"orders",""", Text($"lists/{first.Lists["orders/life-1"].Lists[0]}.json"), StringComparison.Ordinal);
        Assert.StartsWith(
            """{"format":"kafka-backup-list","version":2,"journals":[{"topic":"orders","lineage":"life-1","segments":[{""",
            Text($"lists/{second.Lists["orders/life-1"].Lists[0]}.json"),
            StringComparison.Ordinal);
        Assert.All(
            store.Objects.Keys.Where(n => n.StartsWith("epochs/", StringComparison.Ordinal) || n == "repository.json"),
            n => Assert.Contains("\"version\":1,", Text(n), StringComparison.Ordinal));
        Assert.Equal([false, true], (await repository.ReadSegmentsAsync(second, "orders")).Select(s => s.IsPacked));
    }

    [Fact]
    public async Task A_list_of_a_version_that_is_not_known_is_refused()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var list = store.Objects.Single(o => o.Key.StartsWith("lists/", StringComparison.Ordinal)).Value;
        var newer = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(list).Replace("\"version\":1", "\"version\":3", StringComparison.Ordinal));
        store.Objects[$"lists/{PlainHash.Of(newer)}.json"] = newer;
        var lists = new Dictionary<string, TopicLists> { ["orders/life-1"] = new(1, [PlainHash.Of(newer)]) };

        var error = await Assert.ThrowsAsync<UnsupportedFormatException>(() => repository.ReadSegmentsAsync(first with { Lists = lists }, "orders"));

        Assert.Contains("this program knows 'kafka-backup-list', version 2", error.Message, StringComparison.Ordinal);
    }
}
