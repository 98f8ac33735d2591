using System.Text;
using System.Text.Json;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Testing.Storage;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace KafkaBackup.Repository.Tests.Epochs;

public sealed class BackupRepositoryTests
{
    private readonly MemoryObjectStore store = new();

    [Fact]
    public async Task A_place_without_a_repository_is_not_taken_for_one()
    {
        var refused = await Assert.ThrowsAsync<NotARepositoryException>(() => BackupRepository.OpenAsync(store));
        Assert.Contains("there is no repository.json in memory:objects", refused.Message, StringComparison.Ordinal);
        Assert.Empty(store.Objects);
    }

    [Fact]
    public async Task Several_who_make_a_repository_at_once_open_the_same_one()
    {
        var first = await SomeEpochs.OpenAsync(store);
        var second = await BackupRepository.OpenOrCreateAsync(store, new FakeTimeProvider(), Guid.NewGuid());
        var third = await BackupRepository.OpenOrCreateAsync(new HidingStore(store), new FakeTimeProvider(), Guid.NewGuid());

        Assert.Equal((first.Id, SomeEpochs.Time), (second.Id, second.Created));
        Assert.Equal(first.Id, third.Id);
        Assert.StartsWith("{\"format\":\"kafka-backup-repository\",\"version\":1,\"id\":\"6f2d8f3e-8a43-4c33-9f53-0c9a9f3f1a11\",\"created\":\"2026-03-01T12:00:00+00:00\",\"checksum\":\"",
            Encoding.UTF8.GetString(store.Objects["repository.json"]));
    }

    [Theory]
    [InlineData("repository.json")]
    [InlineData("epochs/00000000000000000001.json")]
    public async Task A_newer_version_is_refused_before_anything_else_is_looked_at(string name)
    {
        var repository = await SomeEpochs.OpenAsync(store);
        await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        store.Objects[name] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(store.Objects[name]).Replace("\"version\":1", "\"version\":2"));

        var error = await Assert.ThrowsAsync<UnsupportedFormatException>(async () => await (await BackupRepository.OpenAsync(store)).ReadEpochAsync(1));

        Assert.Contains("version 2", error.Message);
        Assert.Equal(name, error.Name);
    }

    [Fact]
    public async Task Unknown_members_are_ignored()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var epoch = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var name = "epochs/00000000000000000001.json";
        var text = Encoding.UTF8.GetString(store.Objects[name]);
        var body = text[..text.LastIndexOf(",\"checksum\"", StringComparison.Ordinal)].Replace("\"core\":{", "\"novelty\":[1],\"core\":{\"more\":{\"a\":1},").Replace("\"run\":{", "\"run\":{\"other\":null,");
        store.Objects[name] = Encoding.UTF8.GetBytes($"{body},\"checksum\":\"{PlainHash.Of(Encoding.UTF8.GetBytes(body))}\"}}");

        var read = await repository.ReadEpochAsync(1);

        Assert.Equal(epoch.Core.Topics[0].Name, read.Core.Topics[0].Name);
        Assert.NotEqual(epoch.CoreHash, read.CoreHash);
    }

    [Fact]
    public async Task What_was_committed_is_read_back()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var (zero, one) = (
            await SomeEpochs.WriteAsync(store, 1, "orders", 0, 0, 9, Some.Join(Some.Batch(0, 4), Some.Batch(6, 2, 2000))),
            await SomeEpochs.WriteAsync(store, 1, "orders", 1, 7, 7, []));
        var core = SomeEpochs.Core(null, SomeEpochs.Topic("orders", [one, zero], "life-1", new PartitionGap(1, 0, 7, "retention")));

        var committed = await repository.CommitAsync(core, SomeEpochs.Added(("orders", [zero, one])), SomeEpochs.Run(1));
        var read = await (await BackupRepository.OpenAsync(store)).LatestAsync();

        Assert.Equal(JsonSerializer.Serialize(committed), JsonSerializer.Serialize(read));
        Assert.Equal(CoreHash.Of(core), read!.CoreHash);
        Assert.Equal([0, 1], read.Core.Topics[0].Partitions.Select(p => p.Partition));
        Assert.Equal(["cleanup.policy", "retention.ms"], read.Core.Topics[0].Configuration.Keys);
        Assert.Equal(GroupOffsetState.Moving, read.Core.Groups[0].Offsets[1].State);
        Assert.Equal(JsonSerializer.Serialize(zero.Segments), JsonSerializer.Serialize(await repository.ReadSegmentsAsync(read, "orders")));
        Assert.Equal(SomeEpochs.Run(1), read.Run);
    }

    [Fact]
    public async Task A_manifest_has_its_members_in_the_order_of_the_format()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));

        var json = JsonDocument.Parse(store.Objects["epochs/00000000000000000001.json"]).RootElement;
        string[] Members(JsonElement element) => [.. element.EnumerateObject().Select(member => member.Name)];
        var core = json.GetProperty("core");
        var list = JsonDocument.Parse(store.Objects[$"lists/{json.GetProperty("lists").GetProperty("orders/life-1").GetProperty("lists")[0]}.json"]).RootElement;

        Assert.Equal(["format", "version", "core", "lists", "run", "checksum"], Members(json));
        Assert.Equal(["sequence", "parent", "cluster", "topics", "groups"], Members(core));
        Assert.Equal(["name", "lineage", "topicId", "configuration", "replicationFactor", "partitions", "gaps", "notes"], Members(core.GetProperty("topics")[0]));
        Assert.Equal(
            ["partition", "logStart", "from", "to", "leaderEpoch", "batches", "records", "bytes", "maxTimestamp", "digest"],
            Members(core.GetProperty("topics")[0].GetProperty("partitions")[0]));
        Assert.Equal(["topic", "partition", "offset", "leaderEpoch", "metadata", "state"], Members(core.GetProperty("groups")[0].GetProperty("offsets")[0]));
        Assert.Equal(["exact", "moving"], core.GetProperty("groups")[0].GetProperty("offsets").EnumerateArray().Select(o => o.GetProperty("state").GetString()));
        Assert.Equal(["instance", "generation", "startedAt", "cutAt", "sealedAt", "host", "program"], Members(json.GetProperty("run")));
        Assert.Equal(["format", "version", "topic", "lineage", "segments"], Members(list));
        Assert.Equal(
            ["partition", "object", "offset", "length", "sha256", "base", "from", "to", "batches", "largestBatch", "records", "maxTimestamp", "indexInterval", "aborted"],
            Members(list.GetProperty("segments")[0]));
    }

    [Fact]
    public async Task Equal_states_make_equal_cores_whatever_order_they_are_told_in()
    {
        var backup = await SomeEpochs.WriteAsync(store, 1, "orders", 0, 0, 9, Some.Batch(0, 4));
        var other = await SomeEpochs.WriteAsync(store, 1, "orders", 1, 0, 9, Some.Batch(0, 3));
        var (a, b) = (SomeEpochs.Topic("orders", [backup, other]), SomeEpochs.Topic("Zebra", []));
        a = a with
        {
            Gaps = [new PartitionGap(0, 2, 3, "retention"), new PartitionGap(0, 5, 6, "retention"), new PartitionGap(1, 0, 1, "retention")],
            Notes = [new TopicNote("a", null, null, null, "t"), new TopicNote("c", 0, 1, 2, "t"), new TopicNote("d", 0, 1, 2, "t"), new TopicNote("b", 0, 3, 4, "t"), new TopicNote("a", 1, 0, 1, "t")],
        };
        var core = SomeEpochs.Core(null, a, b);
        core = core with { Groups = [core.Groups[0], core.Groups[0] with { Group = "another" }] };
        var turned = core with
        {
            Topics =
            [
                b, a with { Partitions = [.. a.Partitions.Reverse()], Configuration = a.Configuration.Reverse().ToDictionary(), Gaps = [.. a.Gaps.Reverse()], Notes = [.. a.Notes.Reverse()] },
            ],
            Groups = [.. core.Groups.Reverse().Select(group => group with { Offsets = [.. group.Offsets.Reverse()] })],
        };

        Assert.Equal(CoreHash.Of(core), CoreHash.Of(turned));
        // In this order, which other programs may rely on.
        var ordered = CoreHash.Order(turned);
        Assert.Equal(["Zebra", "orders"], ordered.Topics.Select(topic => topic.Name));
        Assert.Equal(a.Gaps, ordered.Topics[1].Gaps);
        Assert.Equal(a.Notes, ordered.Topics[1].Notes);
        Assert.Equal([0, 1], ordered.Topics[1].Partitions.Select(partition => partition.Partition));
        Assert.Equal(["another", core.Groups[0].Group], ordered.Groups.Select(group => group.Group));
        Assert.Equal(ordered.Groups[0].Offsets.OrderBy(offset => offset.Topic, StringComparer.Ordinal).ThenBy(offset => offset.Partition), ordered.Groups[0].Offsets);
        Assert.NotEqual(CoreHash.Of(core), CoreHash.Of(core with { Cluster = new ClusterIdentity("cluster-2") }));
    }

    [Fact]
    public async Task An_epoch_without_news_costs_its_manifest_alone()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var before = store.Objects.Keys.ToHashSet();

        var second = await SomeEpochs.CommitAsync(repository, first, "orders", 5, 5, []);

        Assert.Equal(["epochs/00000000000000000002.json"], store.Objects.Keys.Except(before));
        Assert.Equal(first.Lists["orders/life-1"].Lists, second.Lists["orders/life-1"].Lists);
        Assert.Equal(2, second.Lists["orders/life-1"].Epoch);
        Assert.Single(await repository.ReadSegmentsAsync(second, "orders"));
    }

    [Fact]
    public async Task Full_lists_are_shared_and_only_the_last_one_is_replaced()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var policy = new SegmentPolicy(1, 0);
        async Task<Epoch> Add(Epoch? parent, long from, int count)
        {
            var sequence = (parent?.Sequence ?? 0) + 1;
            var batches = Some.Join(Enumerable.Range(0, count).Select(i => Some.Batch(from + i)));
            var backup = await SomeEpochs.WriteAsync(store, sequence, "orders", 0, from, from + count, batches, policy: policy);
            return await repository.CommitAsync(SomeEpochs.Core(parent, SomeEpochs.Topic("orders", [backup])), SomeEpochs.Added(("orders", [backup])), SomeEpochs.Run(sequence));
        }

        var first = await Add(null, 0, 250);
        var second = await Add(first, 250, 6);
        var written = new List<string>();
        store.BeforeChange = written.Add;
        var third = await Add(second, 256, 257);
        store.BeforeChange = null;
        var fourth = await Add(third, 513, 1);
        string[] Lists(Epoch epoch) => [.. epoch.Lists["orders/life-1"].Lists];

        Assert.Equal([1, 1, 3, 3], new[] { first, second, third, fourth }.Select(e => Lists(e).Length));
        Assert.NotEqual(Lists(first)[0], Lists(second)[0]);
        Assert.Equal(Lists(second)[0], Lists(third)[0]);
        Assert.Equal(2, written.Count(name => name.StartsWith("lists/")));
        Assert.Equal(Lists(third)[..2], Lists(fourth)[..2]);
        Assert.Equal([250, 256, 513, 514], new[] { first, second, third, fourth }.Select(e => repository.ReadSegmentsAsync(e, "orders").Result.Count));
        Assert.Equal(Enumerable.Range(0, 514).Select(i => (long)i), (await repository.ReadSegmentsAsync(fourth, "orders")).Select(s => s.From));
        Assert.Equal(5, store.Objects.Keys.Count(name => name.StartsWith("lists/")));
    }

    [Fact]
    public async Task A_topic_that_some_epochs_leave_out_goes_on_where_it_was()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var second = await SomeEpochs.CommitAsync(repository, first, "users", 0, 1, Some.Batch(0));
        Assert.Equal(1, second.Lists["orders/life-1"].Epoch);
        await Assert.ThrowsAsync<ArgumentException>(() => repository.ReadSegmentsAsync(second, "orders"));

        var third = await SomeEpochs.CommitAsync(repository, second, "orders", 5, 9, Some.Batch(5, 3));

        Assert.Equal([(0L, 5L), (5L, 9L)], (await repository.ReadSegmentsAsync(third, "orders")).Select(s => (s.From, s.To)));
    }

    [Fact]
    public async Task A_topic_of_the_same_name_with_another_life_begins_anew()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        var first = await SomeEpochs.CommitAsync(repository, null, "orders", 0, 5, Some.Batch(0, 4));
        var second = await SomeEpochs.CommitAsync(repository, first, "orders", 0, 1, Some.Batch(0, payload: 77), "life-2");

        Assert.Equal(["orders/life-2"], second.Lists.Keys);
        Assert.Equal(138, Assert.Single(await repository.ReadSegmentsAsync(second, "orders")).Length);
        Assert.Equal(71, Assert.Single(await repository.ReadSegmentsAsync(first, "orders")).Length);
    }

    [Fact]
    public async Task A_missing_epoch_is_not_found()
    {
        var repository = await SomeEpochs.OpenAsync(store);

        Assert.Null(await repository.LatestAsync());
        Assert.Equal(7, (await Assert.ThrowsAsync<EpochNotFoundException>(() => repository.ReadEpochAsync(7))).Sequence);
    }

    [Fact]
    public async Task Epochs_are_listed_in_order_without_being_read()
    {
        var repository = await SomeEpochs.OpenAsync(store);
        Epoch? parent = null;
        for (var i = 0; i < 12; i++)
            parent = await SomeEpochs.CommitAsync(repository, parent, "orders", i, i + 1, Some.Batch(i));
        store.Objects["epochs/00000000000000000003.json"] = [];
        store.Objects["epochs/readme"] = [];

        var entries = await repository.ListEpochsAsync().ToListAsync();

        Assert.Equal(Enumerable.Range(1, 12).Select(i => (long)i), entries.Select(e => e.Sequence));
        Assert.Equal(0, entries[2].ManifestBytes);
        Assert.Equal(12, (await repository.LatestAsync())!.Sequence);
    }

    /// <summary>A store in which the repository is not seen before one tries to make it.</summary>
    private sealed class HidingStore(IObjectStore store) : IObjectStore
    {
        public Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => store.CreateAsync(name, content, cancellationToken);

        public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) => store.BeginUploadAsync(name, cancellationToken);

        public Task<Stream> OpenReadAsync(string name, long offset, long? length, CancellationToken cancellationToken) => store.OpenReadAsync(name, offset, length, cancellationToken);

        public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken) => Task.FromResult<long?>(null);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => store.DeleteAsync(name, cancellationToken);
    }
}
