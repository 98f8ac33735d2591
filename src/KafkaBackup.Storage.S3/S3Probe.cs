using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace KafkaBackup.Storage.S3;

/// <summary>Finds out what a server does about a name that is taken, by taking one: servers that do not know the condition overwrite without a word.</summary>
internal static class S3Probe
{
    /// <param name="client">The client.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">A key that nobody else has; nothing is left under it.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public static async Task<S3Guarantee> AskAsync(IAmazonS3 client, string bucket, string key, CancellationToken cancellationToken)
    {
        try
        {
            // Taken, it is taken by this very call, whose first answer was lost.
            await PutAsync(client, bucket, key, cancellationToken);
        }
        catch (AmazonS3Exception e) when (S3Errors.IsUnknown(e))
        {
            return S3Guarantee.SingleWriter;
        }

        try
        {
            if (await PutAsync(client, bucket, key, cancellationToken))
                return S3Guarantee.SingleWriter;
            return await CompleteAsync(client, bucket, key, cancellationToken) ? S3Guarantee.ConditionalInOneCall : S3Guarantee.Conditional;
        }
        finally
        {
            await client.DeleteObjectAsync(bucket, key, cancellationToken);
        }
    }

    /// <summary>Whether it was put.</summary>
    private static async Task<bool> PutAsync(IAmazonS3 client, string bucket, string key, CancellationToken cancellationToken)
    {
        try
        {
            await client.PutObjectAsync(
                new PutObjectRequest { BucketName = bucket, Key = key, InputStream = new MemoryStream(Encoding.ASCII.GetBytes("probe")), IfNoneMatch = "*", UseChunkEncoding = false }, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception e) when (S3Errors.IsTaken(e))
        {
            return false;
        }
    }

    /// <summary>Whether an object from parts was put over the one that is there.</summary>
    private static async Task<bool> CompleteAsync(IAmazonS3 client, string bucket, string key, CancellationToken cancellationToken)
    {
        var upload = (await client.InitiateMultipartUploadAsync(bucket, key, cancellationToken)).UploadId;
        try
        {
            var part = await client.UploadPartAsync(
                new UploadPartRequest { BucketName = bucket, Key = key, UploadId = upload, PartNumber = 1, InputStream = new MemoryStream(Encoding.ASCII.GetBytes("parts")), UseChunkEncoding = false }, cancellationToken);
            await client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload, PartETags = [new PartETag(1, part.ETag)], IfNoneMatch = "*" }, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception e) when (S3Errors.IsTaken(e))
        {
            await client.AbortMultipartUploadAsync(bucket, key, upload, cancellationToken);
            return false;
        }
    }
}
