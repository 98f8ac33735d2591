using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Packs;

/// <summary>
/// A segment that is gathered in memory, to be packed when it ends; or that has become too large for that, or that there was no memory for, and stands alone.
/// All but <see cref="WriteAsync"/>, <see cref="CloseAsync"/> and <see cref="DisposeAsync"/> are called by the packs, inside their gate.
/// </summary>
internal sealed class PackedDraft(SegmentPacks packs, PartitionPath path, long baseOffset) : ISegmentDraft
{
    private readonly SegmentBuffer buffer = new();
    private volatile StandAloneDraft? alone;

    public PartitionPath Path => path;

    public int Length => buffer.Length;

    public int Capacity => buffer.Capacity;

    public IEnumerable<ReadOnlyMemory<byte>> Written => buffer.Written;

    /// <summary>Where it goes since it stands alone; null while it is in memory.</summary>
    public StandAloneDraft? Alone => alone;

    public void Append(ReadOnlySpan<byte> bytes) => buffer.Append(bytes);

    /// <summary>Begins the object of its own, and gives the memory back. Whoever appends sees the object once all that came before is in it.</summary>
    public async Task StandAloneAsync(Storage.IObjectStore store, CancellationToken cancellationToken)
    {
        var draft = await StandAloneDraft.BeginAsync(store, path.Segment(baseOffset), cancellationToken);
        try
        {
            foreach (var piece in buffer.Written)
                await draft.WriteAsync(piece, cancellationToken);
        }
        catch
        {
            await draft.DisposeAsync();
            throw;
        }

        buffer.Dispose();
        alone = draft;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (alone is not null || !await packs.TryGatherAsync(this, bytes, cancellationToken))
            await alone!.WriteAsync(bytes, cancellationToken);
    }

    public Task CloseAsync(SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken) =>
        packs.CloseAsync(this, segment, indexes, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await packs.ForgetAsync(this);
        buffer.Dispose();
        if (alone is not null)
            await alone.DisposeAsync();
    }
}
