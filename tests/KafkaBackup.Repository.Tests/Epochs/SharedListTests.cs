using System.Text;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Tests.Reading;
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
        var counting = new ReadCounter(store);
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
        var newer = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(list).Replace("\"version\":1", "\"version\":4", StringComparison.Ordinal));
        store.Objects[$"lists/{PlainHash.Of(newer)}.json"] = newer;
        var lists = new Dictionary<string, TopicLists> { ["orders/life-1"] = new(1, [PlainHash.Of(newer)]) };

        var error = await Assert.ThrowsAsync<UnsupportedFormatException>(() => repository.ReadSegmentsAsync(first with { Lists = lists }, "orders"));

        Assert.Contains("this program knows 'kafka-backup-list', version 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_with_little_news_in_each_of_very_many_epochs_has_few_lists_and_writes_each_reference_few_times()
    {
        const int epochs = 300;
        var repository = await SomeEpochs.OpenAsync(store);
        Epoch? last = null;
        var most = 0;
        for (var i = 0; i < epochs; i++)
        {
            last = await AddAsync(repository, last, i, 1);
            most = Math.Max(most, last.Lists["orders/life-1"].Lists.Count);
        }

        Assert.InRange(most, 1, 9);
        var written = store.Objects.Where(o => o.Key.StartsWith("lists/", StringComparison.Ordinal)).Sum(o => Encoding.UTF8.GetString(o.Value).Split("\"partition\":").Length - 1);
        Assert.InRange(written, epochs, epochs * 6);
        Assert.Equal(Enumerable.Range(0, epochs).Select(i => (long)i), (await repository.ReadSegmentsAsync(last!, "orders")).Select(s => s.From));
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full)).Findings);
        Assert.Empty((await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Full, 170)).Findings);
    }

    [Fact]
    public async Task Lists_that_do_not_go_on_where_those_before_ended_are_found()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await AddAsync(repository, null, 0, 257);
        var second = await AddAsync(repository, first, 257, 1);
        string[] before = [.. first.Lists["orders/life-1"].Lists], after = [.. second.Lists["orders/life-1"].Lists];
        Assert.Equal((2, 2, before[0]), (before.Length, after.Length, after[0]));
        var manifest = store.Objects["epochs/00000000000000000002.json"];

        // The full list is gone, all that is not full is gone, and the successor has other references.
        Assert.Contains(await FoundAsync($"\"{after[0]}\",", ""), problem => problem.Contains("do not go on", StringComparison.Ordinal));
        Assert.Contains(await FoundAsync($",\"{after[1]}\"", ""), problem => problem.Contains("do not go on", StringComparison.Ordinal));
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(store.Objects[$"lists/{after[1]}.json"]).Replace("\"from\":256,\"to\":257", "\"from\":255,\"to\":257", StringComparison.Ordinal));
        store.Objects[$"lists/{PlainHash.Of(other)}.json"] = other;
        Assert.Contains(await FoundAsync(after[1], PlainHash.Of(other)), problem => problem.Contains("does not begin with the references of the lists that it replaces", StringComparison.Ordinal));

        async Task<IEnumerable<string>> FoundAsync(string text, string replacement)
        {
            var json = Encoding.UTF8.GetString(manifest);
            Assert.Contains(text, json, StringComparison.Ordinal);
            var body = json[..json.LastIndexOf(",\"checksum\"", StringComparison.Ordinal)].Replace(text, replacement, StringComparison.Ordinal);
            store.Objects["epochs/00000000000000000002.json"] = Encoding.UTF8.GetBytes($"{body},\"checksum\":\"{PlainHash.Of(Encoding.UTF8.GetBytes(body))}\"}}");
            return (await new RepositoryVerifier(store).VerifyAsync(VerificationLevel.Quick)).Findings.Select(finding => finding.Problem);
        }
    }

    /// <summary>One more epoch, with so many packed segments of one batch each.</summary>
    private async Task<Epoch> AddAsync(BackupRepository repository, Epoch? parent, long from, int count)
    {
        var sequence = (parent?.Sequence ?? 0) + 1;
        var batches = Some.Join(Enumerable.Range(0, count).Select(i => Some.Batch(from + i)));
        var backups = await SomeEpochs.PackAsync(store, sequence, new SegmentPolicy(1, 0), new PartitionToWrite("orders", 0, from, from + count, batches));
        return await repository.CommitAsync(SomeEpochs.Core(parent, SomeEpochs.Topic("orders", backups)), SomeEpochs.Added(("orders", backups)), SomeEpochs.Run(sequence));
    }
}
