using System.Buffers.Binary;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using KafkaBackup.Repository.Storage;
using KafkaBackup.Repository.Storage.Remote;

namespace KafkaBackup.Storage.Azure;

/// <summary>
/// A blob in blocks. The blocks' ids begin with an id of this attempt: blocks that are not committed belong to the blob, whoever sent them, and two attempts with
/// equal ids would mix their bytes. The service forgets blocks that nobody commits after a week, or when the blob is committed.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="name">The object.</param>
/// <param name="blob">The blob.</param>
/// <param name="attempt">An id that no other upload has.</param>
internal sealed class AzureBlocks(AzureObjectStore store, string name, BlockBlobClient blob, Guid attempt) : IObjectPieces
{
    public Task<CreateOutcome> CreateWholeAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => store.CreateAsync(name, content, cancellationToken);

    public Task PutAsync(int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        store.CallAsync(() => blob.StageBlockAsync(IdOf(index), BinaryData.FromBytes(bytes).ToStream(), cancellationToken: cancellationToken), cancellationToken);

    public Task<CreateOutcome> CommitAsync(int count, ObjectDigest digest, CancellationToken cancellationToken) => store.CallAsync(
        async () =>
        {
            try
            {
                await blob.CommitBlockListAsync(Enumerable.Range(0, count).Select(IdOf), new CommitBlockListOptions { Conditions = AzureObjectStore.IfAbsent }, cancellationToken);
                return CreateOutcome.Created;
            }
            catch (RequestFailedException e) when (AzureErrors.IsTaken(e))
            {
                return await TakenName.SettleAsync(store, name, digest, cancellationToken);
            }
            catch (RequestFailedException e) when (e.ErrorCode == BlobErrorCode.InvalidBlockList)
            {
                // Another attempt's commit took this one's blocks away; or this one was committed with them before, and the answer was lost.
                if (await store.GetLengthAsync(name, cancellationToken) is null)
                    throw;
                return await TakenName.SettleAsync(store, name, digest, cancellationToken);
            }
        },
        cancellationToken);

    public Task AbandonAsync() => Task.CompletedTask;

    private string IdOf(int index)
    {
        Span<byte> id = stackalloc byte[20];
        attempt.TryWriteBytes(id);
        BinaryPrimitives.WriteInt32BigEndian(id[16..], index);
        return Convert.ToBase64String(id);
    }
}
