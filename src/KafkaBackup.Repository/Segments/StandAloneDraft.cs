using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Segments;

/// <summary>A segment that becomes an object of its own, with its indexes beside it.</summary>
internal sealed class StandAloneDraft : ISegmentDraft
{
    private readonly IObjectStore store;
    private readonly IObjectUpload upload;

    private StandAloneDraft(IObjectStore store, IObjectUpload upload) => (this.store, this.upload) = (store, upload);

    public static async Task<StandAloneDraft> BeginAsync(IObjectStore store, string name, CancellationToken cancellationToken) =>
        new(store, await store.BeginUploadAsync(name, cancellationToken));

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => upload.WriteAsync(bytes, cancellationToken);

    public async Task CloseAsync(SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        await SegmentIndexObjects.CreateAsync(store, segment, indexes, cancellationToken);
        await upload.CommitAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => upload.DisposeAsync();
}
