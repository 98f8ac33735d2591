using System.Text;
using KafkaBackup.Repository.Storage;
using Xunit;

namespace KafkaBackup.Testing.Storage;

/// <summary>What every store has to do. A store's tests derive from it and give an empty one.</summary>
public abstract partial class ObjectStoreContract
{
    /// <summary>The store under test, empty at first, the same for the whole of a test.</summary>
    protected abstract IObjectStore Store { get; }

    /// <summary>Another client of the same place, as another process would have one.</summary>
    protected abstract IObjectStore OpenAgain();

    /// <summary>Whether creation is atomic among several writers. A store where it is not is for a single writer.</summary>
    protected virtual bool HasConditionalCreation => true;

    [Fact]
    public void It_says_where_it_is_as_a_repository_is_named()
    {
        Assert.Matches("^(file:/|azure:|s3:|memory:).", Store.Location);
        Assert.Equal(Store.Location, OpenAgain().Location);
    }

    [Fact]
    public async Task What_was_created_is_read_by_everyone()
    {
        Assert.Equal(CreateOutcome.Created, await Store.CreateAsync("a/b.json", Bytes("hello")));

        Assert.Equal("hello", await ReadAsync(OpenAgain(), "a/b.json"));
        Assert.Equal(5, await OpenAgain().GetLengthAsync("a/b.json"));
    }

    [Fact]
    public async Task Creating_the_same_again_is_success()
    {
        await Store.CreateAsync("a", Bytes("hello"));

        Assert.Equal(CreateOutcome.AlreadyThere, await OpenAgain().CreateAsync("a", Bytes("hello")));
    }

    [Theory]
    [InlineData("hellO")]
    [InlineData("hell")]
    [InlineData("hello!")]
    [InlineData("")]
    public async Task Creating_something_else_under_a_taken_name_is_a_conflict_and_changes_nothing(string other)
    {
        await Store.CreateAsync("a", Bytes("hello"));

        var conflict = await Assert.ThrowsAsync<ObjectConflictException>(() => OpenAgain().CreateAsync("a", Bytes(other)));

        Assert.Equal("a", conflict.Name);
        Assert.Equal("hello", await ReadAsync(Store, "a"));
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        await Store.CreateAsync("empty", Bytes(""));

        Assert.Equal(0, await Store.GetLengthAsync("empty"));
        Assert.Equal("", await ReadAsync(Store, "empty"));
        Assert.Equal(["empty"], await ListAsync(""));
    }

    [Fact]
    public async Task Of_many_who_create_one_name_at_once_exactly_one_does()
    {
        for (var round = 0; round < 20; round++)
        {
            var outcomes = await RaceAsync(8, async i =>
                (Content: $"{i / 2}", Outcome: await OutcomeAsync(() => OpenAgain().CreateAsync($"race/{round}", Bytes($"{i / 2}")))));

            var winner = Assert.Single(outcomes, o => o.Outcome == CreateOutcome.Created);
            Assert.Single(outcomes, o => o.Outcome == CreateOutcome.AlreadyThere && o.Content == winner.Content);
            Assert.Equal(6, outcomes.Count(o => o.Outcome is null));
            Assert.Equal(winner.Content, await ReadAsync(Store, $"race/{round}"));
        }
    }

    [Fact]
    public async Task A_missing_object_is_not_found_and_has_no_length()
    {
        await Store.CreateAsync("there/a", Bytes("x"));

        Assert.Equal("there/b", (await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.OpenReadAsync("there/b"))).Name);
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.OpenReadAsync("not/there"));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => Store.OpenReadAsync("there"));
        Assert.Null(await Store.GetLengthAsync("there/b"));
        Assert.Null(await Store.GetLengthAsync("not/there"));
        Assert.Null(await Store.GetLengthAsync("there"));
    }

    [Theory]
    [InlineData(0, null, "0123456789")]
    [InlineData(3, null, "3456789")]
    [InlineData(3, 4L, "3456")]
    [InlineData(0, 0L, "")]
    [InlineData(8, 100L, "89")]
    [InlineData(8, long.MaxValue, "89")]
    [InlineData(10, null, "")]
    [InlineData(11, 5L, "")]
    public async Task A_range_is_read_as_far_as_the_object_goes(long offset, long? length, string expected)
    {
        await Store.CreateAsync("digits", Bytes("0123456789"));

        Assert.Equal(expected, await ReadAsync(Store, "digits", offset, length));
    }

    [Fact]
    public async Task A_listing_has_the_names_under_a_prefix_in_ordinal_order()
    {
        string[] names = ["t/a-b/1", "t/a.b/1", "t/a/2", "t/a/1.log", "t/a/1.index", "t/aa/1", "t/B/1", "u", "t/a/.hidden/1", "t/a_b"];
        foreach (var name in names)
            await Store.CreateAsync(name, Bytes(name));

        Assert.Equal(names.Order(StringComparer.Ordinal), await ListAsync(""));
        Assert.Equal(["t/a/.hidden/1", "t/a/1.index", "t/a/1.log", "t/a/2"], await ListAsync("t/a/"));
        Assert.Equal(["t/a/1.index", "t/a/1.log"], await ListAsync("t/a/1"));
        Assert.Equal(["t/a-b/1", "t/a.b/1", "t/a/.hidden/1", "t/a/1.index", "t/a/1.log", "t/a/2", "t/a_b", "t/aa/1"], await ListAsync("t/a"));
        Assert.Empty(await ListAsync("t/c"));
        Assert.Empty(await ListAsync("v/w/"));
        await foreach (var found in Store.ListAsync("t/"))
            Assert.Equal(found.Name.Length, found.Length);
    }

    [Fact]
    public async Task A_deleted_object_is_gone_and_deleting_nothing_is_nothing()
    {
        await Store.CreateAsync("a/b", Bytes("x"));

        await Store.DeleteAsync("a/b");
        await Store.DeleteAsync("a/b");
        await Store.DeleteAsync("never/was");

        Assert.Null(await Store.GetLengthAsync("a/b"));
        Assert.Empty(await ListAsync(""));
        Assert.Equal(CreateOutcome.Created, await Store.CreateAsync("a/b", Bytes("y")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a/.b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("c:a")]
    [InlineData("ä")]
    [InlineData("a\0")]
    public async Task A_name_that_could_lead_elsewhere_is_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.CreateAsync(name, Bytes("x")));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.BeginUploadAsync(name));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.OpenReadAsync(name));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.GetLengthAsync(name));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DeleteAsync(name));
    }

    [Fact]
    public async Task The_longest_name_of_a_topic_fits()
    {
        var topic = new string('t', 249);
        var name = $"topics/{topic}/life-1/run/{topic}-12345/00000000000000000000.log";

        await Store.CreateAsync(name, Bytes("x"));

        Assert.Equal([name], await ListAsync("topics/"));
    }

    /// <summary>Runs all at once; one after the other where the store is for one writer at a time.</summary>
    private async Task<IReadOnlyList<T>> RaceAsync<T>(int writers, Func<int, Task<T>> write)
    {
        if (HasConditionalCreation)
            return await Task.WhenAll(Enumerable.Range(0, writers).Select(i => Task.Run(() => write(i))));
        var outcomes = new List<T>();
        for (var i = 0; i < writers; i++)
            outcomes.Add(await write(i));
        return outcomes;
    }

    /// <summary>Null for a conflict.</summary>
    private static async Task<CreateOutcome?> OutcomeAsync(Func<Task<CreateOutcome>> create)
    {
        try
        {
            return await create();
        }
        catch (ObjectConflictException)
        {
            return null;
        }
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static async Task<string> ReadAsync(IObjectStore store, string name, long offset = 0, long? length = null)
    {
        await using var stream = await store.OpenReadAsync(name, offset, length);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    protected async Task<List<string>> ListAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var found in OpenAgain().ListAsync(prefix))
            names.Add(found.Name);
        return names;
    }
}
