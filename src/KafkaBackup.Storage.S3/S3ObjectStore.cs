using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Amazon.S3;
using Amazon.S3.Model;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Remote;

namespace KafkaBackup.Storage.S3;

/// <summary>
/// Objects in a bucket of S3, or of a store that speaks as it does. Before the first write a probe shows whether the server creates an object only where there
/// is none (<c>If-None-Match: *</c>); one that does not is refused, unless the operator vouches for a single writer.
/// </summary>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    /// <summary>What begins keys that are no objects' names: the character is in none.</summary>
    internal const string Hidden = "~";

    private readonly S3StoreOptions options;
    private readonly string location;
    private readonly string prefix;
    private readonly IAmazonS3 client;
    private readonly S3Errors errors;
    private readonly SemaphoreSlim onTheWay;
    private readonly Once<bool> bucket;
    private readonly Once<S3Guarantee> guarantee;

    /// <summary>Connects nothing yet.</summary>
    /// <param name="options">The bucket, and how it is reached.</param>
    /// <param name="newId">Gives ids that are given once.</param>
    /// <exception cref="RepositoryConnectionException">The settings make no connection.</exception>
    public S3ObjectStore(S3StoreOptions options, Func<Guid> newId)
    {
        this.options = options;
        prefix = options.Prefix.Length == 0 ? "" : ObjectName.Check(options.Prefix) + "/";
        client = S3Clients.Client($"s3:{options.Bucket}", options);
        location = $"s3:{options.Bucket}{(string.IsNullOrEmpty(options.ServiceUrl) ? "" : $" at {options.ServiceUrl}")}";
        errors = new S3Errors(location);
        onTheWay = new SemaphoreSlim(options.ParallelParts);
        // The answer to a HEAD does not tell a missing bucket from a missing object, and some servers answer to a GET or DELETE that is refused as if they did not know
        // the method: this tells, once.
        bucket = new Once<bool>(CallWith(async (s3, cancellation) =>
            await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = prefix, MaxKeys = 1 }, cancellation) is not null));
        guarantee = new Once<S3Guarantee>(CallWith((s3, cancellation) => options.SingleWriter
            ? Task.FromResult(S3Guarantee.SingleWriter) : S3Probe.AskAsync(s3, options.Bucket, KeyOf($"{Hidden}probe/{newId():n}"), cancellation)));
        Claims = new S3Claims(this);
    }

    /// <inheritdoc/>
    public string Location => $"s3:{options.Bucket}{(options.Prefix.Length == 0 ? "" : $"/{options.Prefix}")}";

    /// <summary>The bucket's name.</summary>
    internal string Bucket => options.Bucket;

    /// <summary>The claims of a server that needs them.</summary>
    internal S3Claims Claims { get; }

    /// <inheritdoc/>
    public async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        if (await GuaranteeAsync(cancellationToken) == S3Guarantee.SingleWriter && await GetLengthAsync(name, cancellationToken) is not null)
            return await TakenName.SettleAsync(this, name, ObjectDigest.Of(content.Span), cancellationToken);
        return await TryPutAsync(name, content, cancellationToken) ? CreateOutcome.Created
            : await TakenName.SettleAsync(this, name, ObjectDigest.Of(content.Span), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        await GuaranteeAsync(cancellationToken);
        return new PiecewiseUpload(new S3Parts(this, name), onTheWay, options.PartBytes);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        ObjectName.Check(name);
        await bucket.GetAsync(cancellationToken);
        if (length == 0)
            return await GetLengthAsync(name, cancellationToken) is null ? throw new ObjectNotFoundException(name) : Stream.Null;
        var request = new GetObjectRequest { BucketName = Bucket, Key = KeyOf(name), ByteRange = RangeOf(offset, length) };
        return await CallAsync<Stream>(
            async s3 =>
            {
                try
                {
                    var found = await s3.GetObjectAsync(request, cancellationToken);
                    return new RemoteReadStream(found.ResponseStream, errors.Explain, options.Patience, found);
                }
                catch (AmazonS3Exception e) when (S3Errors.IsAbsent(e))
                {
                    throw new ObjectNotFoundException(name, e);
                }
                catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                {
                    return Stream.Null;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        await bucket.GetAsync(cancellationToken);
        return await CallAsync<long?>(
            async s3 =>
            {
                try
                {
                    return (await s3.GetObjectMetadataAsync(Bucket, KeyOf(name), cancellationToken)).ContentLength;
                }
                catch (AmazonS3Exception e) when (S3Errors.IsAbsent(e))
                {
                    return null;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListObjectsV2Request { BucketName = Bucket, Prefix = KeyOf(ObjectName.CheckPrefix(prefix)) };
        ListObjectsV2Response page;
        do
        {
            page = await CallAsync(s3 => s3.ListObjectsV2Async(request, cancellationToken), cancellationToken);
            foreach (var found in page.S3Objects ?? [])
            {
                var name = found.Key[this.prefix.Length..];
                if (!name.StartsWith(Hidden, StringComparison.Ordinal))
                    yield return new StoredObject(name, found.Size ?? 0);
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Check(name);
        var found = await GuaranteeAsync(cancellationToken);
        await RemoveAsync(name, cancellationToken);
        if (found == S3Guarantee.ConditionalInOneCall)
            await Claims.ReleaseAsync(name, cancellationToken);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => client.Dispose();

    /// <summary>What the server does about two writers.</summary>
    /// <exception cref="RepositoryConnectionException">Nothing, and the operator has not vouched for a single writer.</exception>
    internal async Task<S3Guarantee> GuaranteeAsync(CancellationToken cancellationToken)
    {
        await bucket.GetAsync(cancellationToken);
        var found = await guarantee.GetAsync(cancellationToken);
        return found != S3Guarantee.SingleWriter || options.SingleWriter ? found : throw new RepositoryConnectionException(
            location, "the server does not create objects only where there are none (If-None-Match), so that two writers would overwrite each other",
            "use a server that does; or, if one writer alone uses the repository, vouch for it with SingleWriter: true in the connection's S3 section");
    }

    /// <summary>Creates an object that an upload brings, whose name other uploads may bring in parts.</summary>
    internal async Task<CreateOutcome> CreateUploadedAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (await GuaranteeAsync(cancellationToken) == S3Guarantee.ConditionalInOneCall && await GetLengthAsync(name, cancellationToken) is null)
            await Claims.ClaimAsync(name, ObjectDigest.Of(content.Span), cancellationToken);
        return await CreateAsync(name, content, cancellationToken);
    }

    /// <summary>Puts an object in one call where there is none; over what is there if the writer is the only one. False if the name is taken.</summary>
    internal async Task<bool> TryPutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var condition = await GuaranteeAsync(cancellationToken) == S3Guarantee.SingleWriter ? null : "*";
        return await CallAsync(
            async s3 =>
            {
                try
                {
                    await s3.PutObjectAsync(
                        new PutObjectRequest { BucketName = Bucket, Key = KeyOf(name), InputStream = StreamOf(content), IfNoneMatch = condition, UseChunkEncoding = false }, cancellationToken);
                    return true;
                }
                catch (AmazonS3Exception e) when (S3Errors.IsTaken(e))
                {
                    return false;
                }
            },
            cancellationToken);
    }

    /// <summary>All bytes under a key.</summary>
    internal Task<byte[]> ReadAsync(string name, CancellationToken cancellationToken) => CallAsync(
        async s3 =>
        {
            using var found = await s3.GetObjectAsync(Bucket, KeyOf(name), cancellationToken);
            using var content = new MemoryStream();
            await found.ResponseStream.CopyToAsync(content, cancellationToken);
            return content.ToArray();
        },
        cancellationToken);

    /// <summary>Removes what is under a key.</summary>
    internal Task RemoveAsync(string name, CancellationToken cancellationToken) =>
        CallAsync(s3 => s3.DeleteObjectAsync(Bucket, KeyOf(name), cancellationToken), cancellationToken);

    internal string KeyOf(string name) => prefix + name;

    internal static Stream StreamOf(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(bytes.ToArray(), writable: false);

    /// <summary>A call, with its errors as those of the repository.</summary>
    internal Func<CancellationToken, Task<T>> CallWith<T>(Func<IAmazonS3, CancellationToken, Task<T>> call) =>
        cancellationToken => CallAsync(s3 => call(s3, cancellationToken), cancellationToken);

    /// <summary>Makes a call, with its errors as those of the repository.</summary>
    internal async Task<T> CallAsync<T>(Func<IAmazonS3, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(client);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && errors.Explain(e) is { } explained)
        {
            throw explained;
        }
    }

    private static ByteRange? RangeOf(long offset, long? length) =>
        length < long.MaxValue - offset ? new ByteRange(offset, offset + length.Value - 1) : offset > 0 ? new ByteRange($"bytes={offset}-") : null;
}
