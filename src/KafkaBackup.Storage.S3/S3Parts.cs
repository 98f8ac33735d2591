using System.Collections.Concurrent;
using Amazon.S3;
using Amazon.S3.Model;
using KafkaBackup.Repository;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Remote;

namespace KafkaBackup.Storage.S3;

/// <summary>An object in parts: a multipart upload, begun with its first part.</summary>
/// <param name="store">The store.</param>
/// <param name="name">The object.</param>
internal sealed class S3Parts(S3ObjectStore store, string name) : IObjectPieces
{
    private readonly ConcurrentDictionary<int, string> tags = new();
    private readonly Once<string> upload = new(
        // Never cancelled: what was begun has to be known to be given up.
        _ => store.CallAsync(async client => (await client.InitiateMultipartUploadAsync(store.Bucket, store.KeyOf(name), default)).UploadId, default));

    public Task<CreateOutcome> CreateWholeAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => store.CreateUploadedAsync(name, content, cancellationToken);

    public async Task PutAsync(int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var id = await upload.GetAsync(cancellationToken);
        var part = await store.CallAsync(
            client => client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = store.Bucket, Key = store.KeyOf(name), UploadId = id, PartNumber = index + 1, InputStream = S3ObjectStore.StreamOf(bytes), UseChunkEncoding = false,
                },
                cancellationToken),
            cancellationToken);
        tags[index] = part.ETag;
    }

    public async Task<CreateOutcome> CommitAsync(int count, ObjectDigest digest, CancellationToken cancellationToken)
    {
        var guarantee = await store.GuaranteeAsync(cancellationToken);
        if (guarantee == S3Guarantee.Conditional)
            return await CompleteAsync(digest, "*", CreateOutcome.Created, cancellationToken);
        if (await store.GetLengthAsync(name, cancellationToken) is not null)
            return await SettleAsync(digest, cancellationToken);
        var isMine = guarantee == S3Guarantee.SingleWriter || await store.Claims.ClaimAsync(name, digest, cancellationToken);
        return await CompleteAsync(digest, null, isMine ? CreateOutcome.Created : CreateOutcome.AlreadyThere, cancellationToken);
    }

    public async Task AbandonAsync()
    {
        if (!upload.IsKnown)
            return;
        try
        {
            var id = await upload.GetAsync(default);
            await store.CallAsync(client => client.AbortMultipartUploadAsync(store.Bucket, store.KeyOf(name), id), default);
        }
        catch (RepositoryException)
        {
            // What is left behind is in nobody's way; a rule of the bucket ends unfinished uploads.
        }
    }

    private async Task<CreateOutcome> CompleteAsync(ObjectDigest digest, string? ifNoneMatch, CreateOutcome outcome, CancellationToken cancellationToken)
    {
        var request = new CompleteMultipartUploadRequest
        {
            BucketName = store.Bucket,
            Key = store.KeyOf(name),
            UploadId = await upload.GetAsync(cancellationToken),
            PartETags = [.. tags.OrderBy(part => part.Key).Select(part => new PartETag(part.Key + 1, part.Value))],
            IfNoneMatch = ifNoneMatch,
        };
        return await store.CallAsync(
            async client =>
            {
                try
                {
                    await client.CompleteMultipartUploadAsync(request, cancellationToken);
                    return outcome;
                }
                catch (AmazonS3Exception e) when (S3Errors.IsTaken(e))
                {
                    return await SettleAsync(digest, cancellationToken);
                }
                catch (AmazonS3Exception e) when (e.ErrorCode is "NoSuchUpload")
                {
                    // The upload may have been completed before, the answer lost.
                    if (await store.GetLengthAsync(name, cancellationToken) is null)
                        throw;
                    return await TakenName.SettleAsync(store, name, digest, cancellationToken);
                }
            },
            cancellationToken);
    }

    private async Task<CreateOutcome> SettleAsync(ObjectDigest digest, CancellationToken cancellationToken)
    {
        var outcome = await TakenName.SettleAsync(store, name, digest, cancellationToken);
        await AbandonAsync();
        return outcome;
    }
}
