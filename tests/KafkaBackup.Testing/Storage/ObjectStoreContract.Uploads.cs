using KafkaBackup.Repository.Storage;
using Xunit;

namespace KafkaBackup.Testing.Storage;

/// <content>Objects that are written piece by piece.</content>
public abstract partial class ObjectStoreContract
{
    /// <summary>Bytes of an upload that the store sends in several pieces.</summary>
    protected virtual int LargeBytes => 1 << 20;

    [Fact]
    public async Task An_upload_is_not_there_before_it_is_committed()
    {
        await using var upload = await Store.BeginUploadAsync("folder/a");
        await upload.WriteAsync(Bytes("hello"));

        Assert.Null(await OpenAgain().GetLengthAsync("folder/a"));
        Assert.Empty(await ListAsync("folder/"));

        Assert.Equal(CreateOutcome.Created, await upload.CommitAsync());
        Assert.Equal("hello", await ReadAsync(OpenAgain(), "folder/a"));
    }

    [Fact]
    public async Task An_abandoned_upload_leaves_nothing()
    {
        await using (var upload = await Store.BeginUploadAsync("a"))
            await upload.WriteAsync(Bytes("hello"));

        Assert.Null(await Store.GetLengthAsync("a"));
        Assert.Empty(await ListAsync(""));
        Assert.Equal(CreateOutcome.Created, await Store.CreateAsync("a", Bytes("other")));
    }

    [Fact]
    public async Task An_upload_keeps_pieces_of_all_sizes_in_order()
    {
        var random = new Random(1);
        var expected = new MemoryStream();
        await using var upload = await Store.BeginUploadAsync("large");
        foreach (var size in new[] { 0, 1, 70_000, 127 * 1024, 1024, 1025, 128 * 1024, 3, 600_000, 128 * 1024 - 1, 1, 1 })
        {
            var piece = new byte[size];
            random.NextBytes(piece);
            expected.Write(piece);
            await upload.WriteAsync(piece);
            Array.Clear(piece);
        }

        await upload.CommitAsync();

        await using var stream = await Store.OpenReadAsync("large");
        var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.True(expected.ToArray().AsSpan().SequenceEqual(read.ToArray()));
    }

    [Fact]
    public async Task Of_two_uploads_of_one_name_the_first_committed_stands()
    {
        await using var first = await Store.BeginUploadAsync("a");
        await using var second = await OpenAgain().BeginUploadAsync("a");
        await using var third = await OpenAgain().BeginUploadAsync("a");
        await first.WriteAsync(Bytes("hello"));
        await second.WriteAsync(Bytes("world"));
        await third.WriteAsync(Bytes("hello"));

        Assert.Equal(CreateOutcome.Created, await first.CommitAsync());
        await Assert.ThrowsAsync<ObjectConflictException>(() => second.CommitAsync());
        Assert.Equal(CreateOutcome.AlreadyThere, await third.CommitAsync());
        Assert.Equal("hello", await ReadAsync(Store, "a"));
    }

    [Fact]
    public async Task Of_many_who_upload_one_large_object_at_once_exactly_one_does_and_it_is_whole()
    {
        var contents = new[] { Large(1), Large(2) };
        var outcomes = await RaceAsync(4, async i =>
        {
            await using var upload = await OpenAgain().BeginUploadAsync("large/race");
            for (var piece = 0; piece < LargeBytes; piece += 300_000)
                await upload.WriteAsync(contents[i / 2].AsMemory(piece, Math.Min(300_000, LargeBytes - piece)));
            return (Content: i / 2, Outcome: await OutcomeAsync(() => upload.CommitAsync()));
        });

        var winner = Assert.Single(outcomes, o => o.Outcome == CreateOutcome.Created);
        Assert.Single(outcomes, o => o.Outcome == CreateOutcome.AlreadyThere && o.Content == winner.Content);
        Assert.Equal(2, outcomes.Count(o => o.Outcome is null));
        await AssertIsAsync(contents[winner.Content], "large/race");
        Assert.Equal(["large/race"], await ListAsync(""));
    }

    [Fact]
    public async Task An_upload_abandoned_after_its_first_pieces_leaves_nothing_and_is_in_nobodys_way()
    {
        await using (var upload = await Store.BeginUploadAsync("a"))
            await upload.WriteAsync(Large(1));
        Assert.Null(await Store.GetLengthAsync("a"));
        Assert.Empty(await ListAsync(""));

        await using var second = await OpenAgain().BeginUploadAsync("a");
        await second.WriteAsync(Large(2));
        Assert.Equal(CreateOutcome.Created, await second.CommitAsync());
        await AssertIsAsync(Large(2), "a");
    }

    [Fact]
    public async Task A_range_in_the_middle_of_a_large_object_is_read()
    {
        var content = Large(3);
        await using var upload = await Store.BeginUploadAsync("a");
        await upload.WriteAsync(content);
        await upload.CommitAsync();

        await using var stream = await OpenAgain().OpenReadAsync("a", LargeBytes / 2 - 5, 1000);
        var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.True(content.AsSpan(LargeBytes / 2 - 5, 1000).SequenceEqual(read.ToArray()));
    }

    private byte[] Large(int seed)
    {
        var content = new byte[LargeBytes];
        new Random(seed).NextBytes(content);
        return content;
    }

    private async Task AssertIsAsync(byte[] expected, string name)
    {
        await using var stream = await OpenAgain().OpenReadAsync(name);
        var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.True(expected.AsSpan().SequenceEqual(read.ToArray()), $"{name} is not what was written");
    }
}
