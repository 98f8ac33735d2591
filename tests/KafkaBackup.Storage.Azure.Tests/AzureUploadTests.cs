using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using KafkaBackup.Repository.Storage;
using Xunit;

namespace KafkaBackup.Storage.Azure.Tests;

/// <summary>How large objects lie in Azure: in blocks.</summary>
public sealed class AzureUploadTests(Azurite azurite)
{
    private const int BlockBytes = 64 * 1024;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(BlockBytes, 0)]
    [InlineData(BlockBytes + 1, 2)]
    [InlineData(5 * BlockBytes, 5)]
    public async Task What_fits_into_one_block_is_put_in_one_call_and_the_rest_in_blocks(int length, int blocks)
    {
        var container = azurite.NewContainer();
        var store = azurite.Open(container.Name);
        var content = new byte[length];
        new Random(length).NextBytes(content);

        await using (var upload = await store.BeginUploadAsync("uploaded"))
        {
            await upload.WriteAsync(content);
            Assert.Equal(CreateOutcome.Created, await upload.CommitAsync());
        }

        Assert.Equal(CreateOutcome.Created, await store.CreateAsync("created", content));
        Assert.Equal(CreateOutcome.AlreadyThere, await store.CreateAsync("created", content));
        foreach (var name in new[] { "uploaded", "created" })
        {
            var list = (await container.GetBlockBlobClient(name).GetBlockListAsync(BlockListTypes.Committed)).Value.CommittedBlocks;
            Assert.Equal(blocks, list.Count());
            Assert.Equal(content, (await container.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToArray());
        }
    }

    [Fact]
    public async Task Two_attempts_at_one_object_have_no_block_id_in_common_and_all_ids_are_equally_long()
    {
        var container = azurite.NewContainer();
        await using var first = await azurite.Open(container.Name).BeginUploadAsync("a");
        await using var second = await azurite.Open(container.Name).BeginUploadAsync("a");
        await first.WriteAsync(new byte[4 * BlockBytes]);
        await second.WriteAsync(new byte[4 * BlockBytes]);

        var ids = await UncommittedAsync(container, 6);

        Assert.Equal(6, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Single(ids.Select(id => id.Length).Distinct());
    }

    [Fact]
    public async Task An_upload_whose_blocks_were_taken_away_by_an_equal_ones_commit_succeeds()
    {
        var container = azurite.NewContainer();
        await using var first = await azurite.Open(container.Name).BeginUploadAsync("a");
        await using var second = await azurite.Open(container.Name).BeginUploadAsync("a");
        await first.WriteAsync(new byte[4 * BlockBytes]);
        await second.WriteAsync(new byte[4 * BlockBytes]);
        Assert.Equal(CreateOutcome.Created, await second.CommitAsync());

        Assert.Equal(CreateOutcome.AlreadyThere, await first.CommitAsync());
    }

    /// <summary>Blocks are sent while more is written: the last one of each writer stays with it.</summary>
    private static async Task<IReadOnlyList<string>> UncommittedAsync(BlobContainerClient container, int expected)
    {
        var blob = container.GetBlockBlobClient("a");
        for (var attempt = 0; ; attempt++)
        {
            var blocks = await NamesAsync(blob);
            if (blocks.Count >= expected || attempt == 100)
                return blocks;
            await Task.Delay(50);
        }
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(BlockBlobClient blob)
    {
        try
        {
            return [.. (await blob.GetBlockListAsync(BlockListTypes.Uncommitted)).Value.UncommittedBlocks.Select(block => block.Name)];
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return [];
        }
    }
}
