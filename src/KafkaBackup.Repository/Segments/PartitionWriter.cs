using KafkaBackup.Protocol.Records;
using KafkaBackup.Repository.Packs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Segments;

/// <summary>
/// Writes what one run adds for one partition: batches verbatim, cut into segments with their indexes. Equal batches make equal objects, however they are split
/// into appends and
/// however often the run is interrupted and resumed. Calls come one at a time; after an exception the writer is only good for being disposed of, and a new one
/// resumes.
/// </summary>
/// <param name="store">Where to.</param>
/// <param name="path">The partition and the run.</param>
/// <param name="from">The first offset of the range; a first batch that begins below is stored whole and clipped by readers.</param>
/// <param name="policy">Where segments end.</param>
/// <param name="packs">Where small segments lie, together with those of other partitions; null for all to stand alone.</param>
public sealed class PartitionWriter(IObjectStore store, PartitionPath path, long from, SegmentPolicy policy, SegmentPacks? packs = null) : IAsyncDisposable
{
    private readonly PartitionTally tally = new(path, from, policy);
    private ISegmentDraft? draft;
    private SegmentReference? last;
    private bool isUsable = true;
    private bool isFresh = true;

    /// <summary>The offset to read from next: the first that no stored batch covers.</summary>
    public long NextOffset => tally.NextOffset;

    /// <summary>
    /// Takes over the segments that an earlier attempt of the same run has finished; to be called before anything else. They are read whole, and have to be
    /// what this
    /// writer would have written. What that attempt left of unfinished segments is removed, as nothing refers to it.
    /// </summary>
    /// <returns>The offset to read from next.</returns>
    /// <exception cref="DamagedSegmentException">A segment does not fit: damaged, not the next one, or not cut as the policy says.</exception>
    public async Task<long> ResumeAsync(CancellationToken cancellationToken = default)
    {
        BeginCall();
        if (!isFresh)
            throw new InvalidOperationException("only a writer that has not written yet can resume");
        last = await new SegmentAdoption(store, path, tally, packs).RunAsync(cancellationToken);
        EndCall();
        return NextOffset;
    }

    /// <summary>Stores batches.</summary>
    /// <param name="batches">Whole batches, in order, after those of the calls before.</param>
    /// <param name="aborted">The aborted ranges known with these batches: for every aborted transaction that has records in them, a range that covers
    /// these.</param>
    /// <param name="cancellationToken">Stops the call; the writer is of no use then.</param>
    /// <exception cref="InvalidBatchException">A batch is damaged, cut off, or out of order.</exception>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellationToken = default) =>
        AppendAsync(batches, aborted, isChecked: false, cancellationToken);

    /// <summary>Stores batches whose CRCs the caller has just checked; another look would be a tenth of a backup's time.</summary>
    /// <param name="batches">Whole batches, in order, after those of the calls before.</param>
    /// <param name="aborted">As for the others.</param>
    /// <param name="cancellationToken">Stops the call; the writer is of no use then.</param>
    /// <exception cref="InvalidBatchException">A batch is cut off, or out of order.</exception>
    public ValueTask AppendCheckedAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, CancellationToken cancellationToken = default) =>
        AppendAsync(batches, aborted, isChecked: true, cancellationToken);

    private async ValueTask AppendAsync(ReadOnlyMemory<byte> batches, IReadOnlyList<AbortedRange> aborted, bool isChecked, CancellationToken cancellationToken)
    {
        BeginCall();
        if (aborted.Count > 0)
            tally.LearnAborted(aborted);
        // Batches of one segment go to hash and store in one piece.
        var written = 0;
        for (var position = 0; position < batches.Length;)
        {
            var header = Check(batches[position..], isChecked);
            if (tally.BeginsSegment(header))
            {
                await WriteAsync(batches[written..position], cancellationToken);
                written = position;
                await CloseSegmentAsync(cancellationToken);
                tally.Begin(header);
                draft = packs?.Begin(path, tally.Open!.Base) ?? await StandAloneDraft.BeginAsync(store, path.Segment(tally.Open!.Base), cancellationToken);
            }
            else if (tally.Open is null)
            {
                throw new DamagedSegmentException(
                    last!.Object,
                    path.Topic,
                    path.Partition,
                    last.From,
                    last.To,
                    "this run ended the segment here before, and can't go on behind it; a new run can");
            }

            tally.Add(header);
            position += header.TotalSize;
        }

        await WriteAsync(batches[written..], cancellationToken);
        EndCall();
    }

    /// <summary>Ends the range at the cut. Repeating an interrupted completion with the same cut gives the same result.</summary>
    /// <param name="to">The cut: the offset after the last of the range, not below <see cref="NextOffset"/>.</param>
    /// <param name="cancellationToken">Stops the call; the writer is of no use then.</param>
    public async Task<PartitionBackup> CompleteAsync(long to, CancellationToken cancellationToken = default)
    {
        var backup = await CompletePackedAsync(to, cancellationToken);
        if (packs is not null)
            await packs.FlushAsync(cancellationToken);
        return backup;
    }

    /// <summary>Ends the range at the cut. What lies in a pack is durable only when the packs are flushed.</summary>
    internal async Task<PartitionBackup> CompletePackedAsync(long to, CancellationToken cancellationToken)
    {
        BeginCall();
        ArgumentOutOfRangeException.ThrowIfLessThan(to, NextOffset);
        await CloseSegmentAsync(cancellationToken);
        return tally.Complete(to, Placed);
    }

    /// <summary>Ends the last segment; nothing can be appended then. To be called for all partitions before the first is completed, so that they share packs.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        BeginCall();
        await CloseSegmentAsync(cancellationToken);
        EndCall();
    }

    /// <summary>Abandons the segment that is not finished.</summary>
    public async ValueTask DisposeAsync()
    {
        isUsable = false;
        if (draft is not null)
            await draft.DisposeAsync();
        draft = null;
        tally.Dispose();
    }

    private BatchHeader Check(ReadOnlyMemory<byte> batches, bool isChecked)
    {
        var rest = batches;
        if (!RecordBatch.TryTake(ref rest, out var batch))
            throw new InvalidBatchException(NextOffset, $"{batches.Length} bytes are no whole batch");
        if (!isChecked && !batch.HasValidCrc)
            throw new InvalidBatchException(batch.Header.BaseOffset, "its bytes do not have its CRC");
        tally.CheckOrder(batch.Header);
        return batch.Header;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.Length == 0)
            return;
        var writing = draft!.WriteAsync(bytes, cancellationToken);
        tally.Hash(bytes.Span);
        await writing;
    }

    private async ValueTask CloseSegmentAsync(CancellationToken cancellationToken)
    {
        if (tally.Open is not { } segment)
            return;
        last = tally.Close();
        await draft!.CloseAsync(last, SegmentIndexFiles.Of(last, segment.Indexes), cancellationToken);
        await draft.DisposeAsync();
        draft = null;
        last = Placed(last);
    }

    private SegmentReference Placed(SegmentReference segment) => packs?.Placed(segment) ?? segment;

    private void BeginCall()
    {
        if (!isUsable)
            throw new InvalidOperationException("the writer has ended, or failed in the middle of a call");
        isUsable = false;
    }

    private void EndCall() => (isUsable, isFresh) = (true, false);
}
