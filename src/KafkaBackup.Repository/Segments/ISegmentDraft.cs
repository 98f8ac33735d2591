namespace KafkaBackup.Repository.Segments;

/// <summary>A segment in the making. Disposing of it before it is closed abandons it.</summary>
internal interface ISegmentDraft : IAsyncDisposable
{
    /// <summary>Appends bytes; they may be changed again once the call is over.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Ends the segment. What stands alone is durable then, what lies in a pack when the pack is.</summary>
    Task CloseAsync(SegmentReference segment, SegmentIndexFiles indexes, CancellationToken cancellationToken);
}
