using Amazon.S3;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Remote;
using Xunit;

namespace KafkaBackup.Storage.S3.Tests;

/// <summary>What is found out of a server, and what is made of it.</summary>
public sealed class S3GuaranteeTests(Ceph ceph, Swift swift)
{
    private const int PartBytes = 5 * 1024 * 1024;

    [Fact]
    public async Task The_probe_finds_out_what_a_server_does_and_leaves_nothing()
    {
        var options = await ceph.NewBucketAsync();
        using var store = new S3ObjectStore(options, Guid.NewGuid);

        Assert.Equal(S3Guarantee.ConditionalInOneCall, await store.GuaranteeAsync(default));

        Assert.Empty(await KeysAsync(options));
        Assert.Equal(0, await UploadsAsync(options));
    }

    [Fact]
    public async Task A_server_that_can_not_is_refused_for_writing_unless_a_single_writer_is_vouched_for()
    {
        var options = await swift.NewBucketAsync();
        using var store = new S3ObjectStore(options with { SingleWriter = false }, Guid.NewGuid);

        foreach (var write in (Func<Task>[])[() => store.CreateAsync("a", "x"u8.ToArray()), () => store.BeginUploadAsync("a"), () => store.DeleteAsync("a")])
        {
            var error = await Assert.ThrowsAsync<RepositoryConnectionException>(write);
            Assert.Contains("the server does not create objects only where there are none", error.Message);
            Assert.Contains("SingleWriter: true", error.Message);
        }

        Assert.Null(await store.GetLengthAsync("a"));
        Assert.Empty(await KeysAsync(options));
        using var vouched = new S3ObjectStore(options, Guid.NewGuid);
        Assert.Equal(CreateOutcome.Created, await vouched.CreateAsync("a", "x"u8.ToArray()));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(PartBytes, 0)]
    [InlineData(PartBytes + 1, 2)]
    [InlineData(2 * PartBytes, 2)]
    public async Task What_fits_into_one_part_is_put_in_one_call_and_the_rest_in_parts(int length, int parts)
    {
        var options = await ceph.NewBucketAsync();
        using var store = new S3ObjectStore(options, Guid.NewGuid);
        var content = Content(length);

        Assert.Equal(CreateOutcome.Created, await UploadAsync(store, content));

        using var client = S3Server.Client(options);
        // The tag of an object from parts ends with their number.
        var tag = (await client.GetObjectMetadataAsync(options.Bucket, "a")).ETag.Trim('"');
        Assert.Equal(parts, tag.Contains('-') ? int.Parse(tag[(tag.IndexOf('-') + 1)..]) : 0);
        using var found = await client.GetObjectAsync(options.Bucket, "a");
        var read = new MemoryStream();
        await found.ResponseStream.CopyToAsync(read);
        Assert.True(content.AsSpan().SequenceEqual(read.ToArray()));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(PartBytes + 1)]
    public async Task Who_died_between_claim_and_object_is_succeeded_by_who_brings_the_same_bytes_and_by_nobody_else(int length)
    {
        using var store = new S3ObjectStore(await ceph.NewBucketAsync(), Guid.NewGuid);
        var content = Content(length);
        Assert.True(await store.Claims.ClaimAsync("a", ObjectDigest.Of(content), default));

        await Assert.ThrowsAsync<ObjectConflictException>(() => UploadAsync(store, Content(length + 1)));
        Assert.Null(await store.GetLengthAsync("a"));
        await UploadAsync(store, content);
        Assert.Equal(length, await store.GetLengthAsync("a"));
        Assert.Equal(CreateOutcome.AlreadyThere, await UploadAsync(store, content));
        await Assert.ThrowsAsync<ObjectConflictException>(() => UploadAsync(store, Content(length + 1)));
    }

    [Fact]
    public async Task A_deleted_object_takes_its_claim_along()
    {
        var options = await ceph.NewBucketAsync();
        using var store = new S3ObjectStore(options, Guid.NewGuid);
        await UploadAsync(store, Content(10));
        Assert.Equal(["a", "~claims/a"], await KeysAsync(options));
        Assert.Equal(["a"], await store.ListAsync("").Select(found => found.Name).ToListAsync());

        await store.DeleteAsync("a");

        Assert.Empty(await KeysAsync(options));
        Assert.Equal(CreateOutcome.Created, await UploadAsync(store, Content(11)));
    }

    [Fact]
    public async Task No_parts_are_left_of_uploads_that_came_to_nothing()
    {
        var options = await ceph.NewBucketAsync();
        using var store = new S3ObjectStore(options, Guid.NewGuid);
        await UploadAsync(store, Content(PartBytes + 1));
        await UploadAsync(store, Content(PartBytes + 1));
        await Assert.ThrowsAsync<ObjectConflictException>(() => UploadAsync(store, Content(PartBytes + 2)));
        await using (var abandoned = await store.BeginUploadAsync("b"))
            await abandoned.WriteAsync(Content((2 * PartBytes) + 1));

        Assert.Equal(0, await UploadsAsync(options));
    }

    private static async Task<CreateOutcome> UploadAsync(S3ObjectStore store, byte[] content)
    {
        await using var upload = await store.BeginUploadAsync("a");
        await upload.WriteAsync(content);
        return await upload.CommitAsync();
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private static async Task<IReadOnlyList<string>> KeysAsync(S3StoreOptions options)
    {
        using var client = S3Server.Client(options);
        return [.. ((await client.ListObjectsV2Async(new() { BucketName = options.Bucket })).S3Objects ?? []).Select(found => found.Key)];
    }

    private static async Task<int> UploadsAsync(S3StoreOptions options)
    {
        using var client = S3Server.Client(options);
        return ((await client.ListMultipartUploadsAsync(options.Bucket)).MultipartUploads ?? []).Count;
    }
}
