using CsCheck;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Testing.Storage;
using Xunit;

namespace KafkaBackup.Repository.Tests.Encryption;

public sealed class HiddenNamesTests
{
    private readonly MemoryObjectStore inner = new();

    private EncryptedObjectStore Store => new(inner, SomeKeys.Ring(NameVisibility.Hidden));

    [Fact]
    public async Task No_name_in_the_store_holds_a_topics_name()
    {
        string[] names =
        [
            new PartitionPath("secret.topic-1", "life-1", "run-1", 0).Segment(0), new PartitionPath("secret.topic-1", "life-1", "secret.topic-1", 12).Segment(5),
            "restores/r1/maps/secret.topic-1-3.json", "restores/r1/producers/secret.topic-1-3.0.json",
        ];
        foreach (var name in names)
            await Store.CreateAsync(name, SomeKeys.Text(name));

        var token = new HiddenNames(SomeKeys.Ring().DeriveNameKey()).TokenOf("secret.topic-1");
        Assert.Equal(
            [
                $"names/{token}", $"restores/r1/maps/{token}-3.json", $"restores/r1/producers/{token}-3.0.json",
                $"topics/{token}/life-1/run-1/{token}-0/00000000000000000000.log",
                $"topics/{token}/life-1/secret.topic-1/{token}-12/00000000000000000005.log",
            ],
            inner.Objects.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(names.Order(StringComparer.Ordinal), await SomeKeys.ListAsync(Store, ""));
        foreach (var name in names)
            Assert.Equal(SomeKeys.Text(name), await SomeKeys.ReadAsync(Store, name));
    }

    [Fact]
    public void The_token_is_what_the_format_says()
    {
        var ring = new Keyring(SomeKeys.Repository, NameVisibility.Hidden, [new DataKey(Guid.Empty, [.. Enumerable.Range(0, 32).Select(i => (byte)i)]), SomeKeys.Ring().Current]);

        Assert.Equal("57a18a809e2506654f889441d35ed55a", new HiddenNames(ring.DeriveNameKey()).TokenOf("orders"));
    }

    [Fact]
    public void Every_listing_has_the_names_that_begin_with_the_prefix_in_ordinal_order()
    {
        var topics = Gen.Char["ab-._1"].Array[1, 4].Select(chars => new string(chars)).Where(topic => topic is not ("." or ".."));
        var names = Gen.Select(topics, Gen.Int[0, 12], Gen.Int[0, 3], Gen.Int[0, 4]).Select((topic, partition, n, kind) => kind switch
        {
            0 => $"restores/r{n}/maps/{topic}-{partition}.json",
            1 => $"restores/r{n}/producers/{topic}-{partition}.{n}.json",
            2 => $"lists/{topic}{n}.json".Replace("/.", "/", StringComparison.Ordinal),
            3 => $"topics/{topic}/life-{n}/run-{n}/{topic}-{partition}/{n}.log",
            _ => $"topics/{topic}/life-{n}/run-{n}/{topic}-{partition}/{n}.index",
        });
        // A folder and a file of one name can't be, nor a leaf that begins with a dot: those are the contract's.
        Gen.Select(names.Where(name => !name.Contains("/.", StringComparison.Ordinal)).Array[0, 30], Gen.Int[0, 60], Gen.Int[0, 29]).Sample(
            (created, cut, which) =>
            {
                var store = new EncryptedObjectStore(new MemoryObjectStore(), SomeKeys.Ring(NameVisibility.Hidden));
                foreach (var name in created)
                    store.CreateAsync(name, SomeKeys.Text(name)).GetAwaiter().GetResult();
                var prefix = created.Length == 0 ? "" : created[which % created.Length][..Math.Min(cut, created[which % created.Length].Length)];

                Assert.Equal(created.Distinct().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal), SomeKeys.ListAsync(store, prefix).Result);
            },
            iter: 300);
    }

    [Fact]
    public async Task Lengths_in_a_listing_are_plain_ones()
    {
        await Store.CreateAsync("topics/a/life-1/run-1/a-0/0.log", new byte[200_000]);
        await Store.CreateAsync("restores/r/report.json", new byte[1]);

        await foreach (var found in Store.ListAsync(""))
            Assert.Equal(found.Name[0] == 't' ? 200_000 : 1, found.Length);
    }

    [Fact]
    public async Task A_damaged_entry_of_the_table_is_named_where_it_is_needed_and_nowhere_else()
    {
        await Store.CreateAsync("topics/a/life-1/run-1/a-0/0.log", SomeKeys.Text("x"));
        var entry = inner.Objects.Keys.Single(name => name.StartsWith("names/", StringComparison.Ordinal));
        inner.Objects[entry][^1] ^= 1;

        Assert.Equal(entry, (await Assert.ThrowsAsync<DamagedObjectException>(() => SomeKeys.ListAsync(Store, "topics/"))).Name);
        Assert.Equal(SomeKeys.Text("x"), await SomeKeys.ReadAsync(Store, "topics/a/life-1/run-1/a-0/0.log"));
        Assert.Equal(["topics/a/life-1/run-1/a-0/0.log"], await SomeKeys.ListAsync(Store, "topics/a/life-1/"));
    }

    [Fact]
    public async Task Entries_of_the_table_that_were_exchanged_are_damaged()
    {
        await Store.CreateAsync("topics/a/life-1/run-1/a-0/0.log", SomeKeys.Text("x"));
        await Store.CreateAsync("topics/b/life-1/run-1/b-0/0.log", SomeKeys.Text("x"));
        var entries = inner.Objects.Keys.Where(name => name.StartsWith("names/", StringComparison.Ordinal)).ToList();
        (inner.Objects[entries[0]], inner.Objects[entries[1]]) = (inner.Objects[entries[1]], inner.Objects[entries[0]]);

        await Assert.ThrowsAsync<DamagedObjectException>(() => SomeKeys.ListAsync(Store, "topics/"));
    }

    [Fact]
    public async Task The_table_comes_before_what_it_names()
    {
        var order = new List<string>();
        inner.BeforeChange = order.Add;

        await Store.CreateAsync("topics/a/life-1/run-1/a-0/0.log", SomeKeys.Text("x"));
        await using var upload = await Store.BeginUploadAsync("topics/b/life-1/run-1/b-0/0.log");
        await upload.CommitAsync();

        Assert.Equal(["names", "topics", "names", "topics"], order.Select(name => name.Split('/')[0]).Where((_, i) => i is 0 or 1 or 2 or 3));
    }

    [Fact]
    public async Task A_rotation_changes_no_token()
    {
        await Store.CreateAsync("topics/a/life-1/run-1/a-0/0.log", SomeKeys.Text("x"));
        var rotated = new EncryptedObjectStore(inner, SomeKeys.Ring(NameVisibility.Hidden, keys: 3));

        Assert.Equal(SomeKeys.Text("x"), await SomeKeys.ReadAsync(rotated, "topics/a/life-1/run-1/a-0/0.log"));
    }

    [Fact]
    public async Task Errors_speak_of_plain_names()
    {
        const string Name = "topics/a/life-1/run-1/a-0/0.log";
        Assert.Equal(Name, (await Assert.ThrowsAsync<KafkaBackup.Repository.Storage.ObjectNotFoundException>(() => Store.OpenReadAsync(Name))).Name);
        Assert.Equal(Name, (await Assert.ThrowsAsync<KafkaBackup.Repository.Storage.ObjectNotFoundException>(() => Store.OpenReadAsync(Name, 70_000))).Name);
        await Store.CreateAsync(Name, SomeKeys.Text("x"));
        Assert.Equal(Name, (await Assert.ThrowsAsync<KafkaBackup.Repository.Storage.ObjectConflictException>(() => Store.CreateAsync(Name, SomeKeys.Text("y")))).Name);
    }
}
