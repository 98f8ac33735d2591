using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Packs;

/// <summary>A pack in the making. Source: FORMAT.md, "Packs". Disposing of it without a commit abandons it.</summary>
internal sealed class PackUpload : IAsyncDisposable
{
    private readonly IObjectUpload upload;
    private readonly List<PackedSegment> segments = [];

    private PackUpload(string name, IObjectUpload upload) => (Name, this.upload) = (name, upload);

    /// <summary>The pack's name.</summary>
    public string Name { get; }

    /// <summary>The bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a pack.</summary>
    public static async Task<PackUpload> BeginAsync(IObjectStore store, string name, CancellationToken cancellationToken) =>
        new(name, await store.BeginUploadAsync(name, cancellationToken));

    /// <summary>Appends a segment with its indexes.</summary>
    /// <returns>The reference that leads to it here, once the pack is committed.</returns>
    public async Task<SegmentReference> AddAsync(
        string topic, string lineage, SegmentReference segment, IEnumerable<ReadOnlyMemory<byte>> log, SegmentIndexFiles indexes, CancellationToken cancellationToken)
    {
        var placed = segment with { Object = Name, Offset = Length };
        foreach (var piece in log)
            await WriteAsync(piece, cancellationToken);
        await WriteAsync(PackLayout.IndexBlock(indexes), cancellationToken);
        segments.Add(new PackedSegment(topic, lineage, placed));
        return placed;
    }

    /// <summary>Ends the pack: what it holds is durable then.</summary>
    /// <exception cref="ObjectConflictException">The name is taken by another pack.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        var directory = PackDirectory.Write(segments);
        await WriteAsync(directory, cancellationToken);
        await WriteAsync(PackLayout.Trailer(directory.Length), cancellationToken);
        await upload.CommitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => upload.DisposeAsync();

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await upload.WriteAsync(bytes, cancellationToken);
        Length += bytes.Length;
    }
}
