using System.Globalization;
using System.Text;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Indexes;
using KafkaBackup.Repository.Reading;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Exporting;

/// <summary>
/// Writes a partition as the folder that a broker would have: segments as they were stored, their indexes computed anew, and the leader epochs that their batches
/// tell. Every byte is checked on the way.
/// </summary>
internal sealed class PartitionExport(IObjectStore store, string folder, string topic, PartitionEpoch partition, IReadOnlyList<SegmentReference> segments)
{
    private readonly string path = Path.Combine(folder, $"{topic}-{partition.Partition.ToString(CultureInfo.InvariantCulture)}");
    private readonly List<string> leaderEpochs = [];
    private readonly TransactionTracker transactions = new();
    private int lastEpoch = -1;

    /// <summary>Topic and partition as checkpoints name them.</summary>
    public string Name => $"{topic} {partition.Partition.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Its segments.</summary>
    public int Segments => segments.Count;

    /// <summary>The first offset that a consumer may see.</summary>
    public long LogStart => Math.Min(partition.To, Math.Max(partition.LogStart, segments.Count == 0 ? partition.To : segments[0].From));

    /// <summary>The offset after the last.</summary>
    public long End => partition.To;

    /// <summary>What who opens the folder should know; told when it is written.</summary>
    public IEnumerable<string> Notes => transactions.Undecided.Take(1).Select(offset =>
        $"{topic}-{partition.Partition}: the marker of the transaction that begins at {offset} lies above the epoch's cut; a broker that opens the folder takes it for an open one");

    /// <summary>Writes it.</summary>
    /// <exception cref="DamagedSegmentException">A segment is missing, or not what its reference says.</exception>
    public async Task RunAsync(Action<long> written, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        var end = -1L;
        for (var i = 0; i < segments.Count; i++)
        {
            end = Math.Max(end, await WriteAsync(i, cancellationToken));
            written(segments[i].Length);
        }

        foreach (var index in transactions.Close(segments.Count - 1, partition.To))
            DurableFile.Write(PathOf(segments[index.Key].Base, SegmentFiles.TransactionIndex), new TransactionIndex([.. index]).ToBytes());

        // A log ends where its last segment does. Where nothing stands at its end any more, an empty one says where that is.
        if (end < partition.To)
        {
            foreach (var extension in (string[])[SegmentFiles.Log, SegmentFiles.OffsetIndex, SegmentFiles.TimeIndex])
                DurableFile.Write(PathOf(partition.To, extension), []);
        }

        if (leaderEpochs.Count > 0)
            DurableFile.Write(Path.Combine(path, "leader-epoch-checkpoint"), Encoding.ASCII.GetBytes(CheckpointFile.Of(leaderEpochs)));
        FileSystemCalls.SyncFolder(path);
    }

    private async Task<long> WriteAsync(int number, CancellationToken cancellationToken)
    {
        var segment = segments[number];
        var aborted = new AbortedLookup(segment.Aborted);
        await using var reader = new PartitionReader(store, topic, [segment]);
        // Of a segment that reaches above the epoch's cut there may be nothing below it.
        if (!await reader.ReadAsync(cancellationToken))
            return -1;
        using var log = new DurableFile(PathOf(segment.Base, SegmentFiles.Log));
        var tally = new SegmentTally(segment.Base, segment.From, new SegmentPolicy(int.MaxValue, segment.IndexInterval));
        do
        {
            log.Append(reader.Current.Batch.Bytes.Span);
            var header = reader.Current.Header;
            tally.Add(header);
            transactions.Add(number, header, aborted.IsAborted(header));
            if (header.PartitionLeaderEpoch > lastEpoch)
            {
                lastEpoch = header.PartitionLeaderEpoch;
                leaderEpochs.Add(string.Create(CultureInfo.InvariantCulture, $"{lastEpoch} {header.BaseOffset}"));
            }
        }
        while (await reader.ReadAsync(cancellationToken));

        log.Flush();
        tally.Indexes.Close();
        DurableFile.Write(PathOf(segment.Base, SegmentFiles.OffsetIndex), tally.Indexes.OffsetIndex.Span);
        DurableFile.Write(PathOf(segment.Base, SegmentFiles.TimeIndex), tally.Indexes.TimeIndex.Span);
        return tally.NextOffset;
    }

    private string PathOf(long offset, string extension) => Path.Combine(path, PartitionPath.FormatOffset(offset) + extension);
}
