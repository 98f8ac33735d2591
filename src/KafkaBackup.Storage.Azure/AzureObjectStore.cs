using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Remote;

namespace KafkaBackup.Storage.Azure;

/// <summary>Objects as block blobs of a container, created with <c>If-None-Match: *</c>.</summary>
public sealed class AzureObjectStore : IObjectStore
{
    private readonly AzureStoreOptions options;
    private readonly Func<Guid> newId;
    private readonly BlobContainerClient container;
    private readonly AzureErrors errors;
    private readonly SemaphoreSlim onTheWay;
    private readonly string prefix;

    /// <summary>Connects nothing yet.</summary>
    /// <param name="options">The container, and how it is reached.</param>
    /// <param name="newId">Gives ids that are given once.</param>
    /// <exception cref="RepositoryConnectionException">The settings make no connection.</exception>
    public AzureObjectStore(AzureStoreOptions options, Func<Guid> newId)
    {
        this.options = options;
        this.newId = newId;
        container = AzureContainers.Client(options);
        errors = new AzureErrors(container.Uri.GetLeftPart(UriPartial.Path));
        onTheWay = new SemaphoreSlim(options.ParallelBlocks);
        prefix = options.Prefix.Length == 0 ? "" : ObjectName.Check(options.Prefix) + "/";
    }

    /// <inheritdoc/>
    public string Location => $"azure:{container.Name}{(options.Prefix.Length == 0 ? "" : $"/{options.Prefix}")}";

    /// <summary>The condition that nothing is under the name.</summary>
    internal static BlobRequestConditions IfAbsent => new() { IfNoneMatch = ETag.All };

    /// <inheritdoc/>
    public async Task<CreateOutcome> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        var blob = Blob(name);
        if (content.Length > options.BlockBytes)
        {
            await using var upload = await BeginUploadAsync(name, cancellationToken);
            await upload.WriteAsync(content, cancellationToken);
            return await upload.CommitAsync(cancellationToken);
        }

        return await CallAsync(
            async () =>
            {
                try
                {
                    await blob.UploadAsync(BinaryData.FromBytes(content).ToStream(), new BlobUploadOptions { Conditions = IfAbsent }, cancellationToken);
                    return CreateOutcome.Created;
                }
                catch (RequestFailedException e) when (AzureErrors.IsTaken(e))
                {
                    return await TakenName.SettleAsync(this, name, ObjectDigest.Of(content.Span), cancellationToken);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IObjectUpload> BeginUploadAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult<IObjectUpload>(new PiecewiseUpload(new AzureBlocks(this, name, Blob(name), newId()), onTheWay, options.BlockBytes));

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string name, long offset = 0, long? length = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        var blob = Blob(name);
        if (length == 0)
            return await GetLengthAsync(name, cancellationToken) is null ? throw new ObjectNotFoundException(name) : Stream.Null;
        // A range that would end beyond what can be counted goes to the end.
        var range = new HttpRange(offset, length < long.MaxValue - offset ? length : null);
        return await CallAsync<Stream>(
            async () =>
            {
                try
                {
                    var download = await blob.DownloadStreamingAsync(new BlobDownloadOptions { Range = range }, cancellationToken);
                    return new RemoteReadStream(download.Value.Content, errors.Explain, options.Patience, download.Value);
                }
                catch (RequestFailedException e) when (AzureErrors.IsAbsent(e))
                {
                    throw new ObjectNotFoundException(name, e);
                }
                catch (RequestFailedException e) when (e.Status == 416)
                {
                    return Stream.Null;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        var blob = Blob(name);
        return CallAsync<long?>(
            async () =>
            {
                try
                {
                    return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength;
                }
                catch (RequestFailedException e) when (AzureErrors.IsAbsent(e))
                {
                    return null;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var listing = container.GetBlobsAsync(new GetBlobsOptions { Prefix = this.prefix + ObjectName.CheckPrefix(prefix) }, cancellationToken);
        await using var blobs = listing.GetAsyncEnumerator(cancellationToken);
        while (await CallAsync(() => blobs.MoveNextAsync().AsTask(), cancellationToken))
            yield return new StoredObject(blobs.Current.Name[this.prefix.Length..], blobs.Current.Properties.ContentLength ?? 0);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        var blob = Blob(name);
        return CallAsync(
            async () =>
            {
                try
                {
                    // Not DeleteIfExists, which takes a missing container for a missing blob.
                    await blob.DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
                    return true;
                }
                catch (RequestFailedException e) when (AzureErrors.IsAbsent(e))
                {
                    return false;
                }
            },
            cancellationToken);
    }

    /// <summary>Makes a call, with its errors as those of the repository.</summary>
    internal async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && errors.Explain(e) is { } explained)
        {
            throw explained;
        }
    }

    private BlockBlobClient Blob(string name) => container.GetBlockBlobClient(prefix + ObjectName.Check(name));
}
