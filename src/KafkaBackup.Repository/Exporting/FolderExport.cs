using System.Globalization;
using System.Text;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Exporting;

/// <summary>
/// Exports an epoch as a broker's data folder: <c>topic-partition/&lt;20 digits&gt;.log</c> with <c>.index</c>, <c>.timeindex</c>, <c>.txnindex</c>, whatever packing and
/// encryption the repository has, and the checkpoints that say where logs begin and end. Kafka's own tools open it.
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="epoch">The epoch.</param>
public sealed class FolderExport(BackupRepository repository, Epoch epoch)
{
    private const int ParallelPartitions = 4;

    /// <summary>Exports topics.</summary>
    /// <param name="topics">Topics that the epoch holds.</param>
    /// <param name="folder">Where to: empty, or not there. It has its name only when all is in it.</param>
    /// <param name="progress">Told at every segment and partition.</param>
    /// <param name="cancellationToken">Stops the export.</param>
    /// <exception cref="ExportRefusedException">The folder can't be exported to.</exception>
    /// <exception cref="Segments.DamagedSegmentException">A segment is missing, or not what its reference says: nothing is exported.</exception>
    /// <exception cref="RepositoryUnavailableException">The folder or the repository can't be used.</exception>
    public async Task<ExportReport> RunAsync(
        IReadOnlyCollection<string> topics, string folder, IProgress<ExportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var export = ExportFolder.Begin(folder);
        var partitions = new List<PartitionExport>();
        var bytes = 0L;
        foreach (var topic in epoch.Core.Topics.Where(topic => topics.Contains(topic.Name)))
        {
            var references = (await repository.ReadSegmentsAsync(epoch, topic.Name, cancellationToken)).ToLookup(segment => segment.Partition);
            partitions.AddRange(topic.Partitions.Select(p => new PartitionExport(repository.Store, export.Path, topic.Name, p, [.. references[p.Partition].Where(segment => segment.To > p.LogStart)])));
        }

        var done = 0;
        await Parallel.ForEachAsync(
            partitions, new ParallelOptions { MaxDegreeOfParallelism = ParallelPartitions, CancellationToken = cancellationToken }, async (partition, cancellation) =>
            {
                await partition.RunAsync(length => Report(Interlocked.Add(ref bytes, length), Volatile.Read(ref done)), cancellation);
                Report(Volatile.Read(ref bytes), Interlocked.Increment(ref done));
            });
        foreach (var (name, offset) in (ReadOnlySpan<(string, Func<PartitionExport, long>)>)
                 [("log-start-offset-checkpoint", p => p.LogStart), ("recovery-point-offset-checkpoint", p => p.End), ("replication-offset-checkpoint", p => p.End)])
        {
            DurableFile.Write(Path.Combine(export.Path, name), Encoding.UTF8.GetBytes(CheckpointFile.Of(
                [.. partitions.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {offset(p)}"))])));
        }

        export.Complete();
        return new ExportReport(epoch.Sequence, export.Target, topics.Count, partitions.Count, partitions.Sum(p => (long)p.Segments), bytes, [.. partitions.SelectMany(p => p.Notes)]);

        void Report(long bytesNow, int doneNow) => progress?.Report(new ExportProgress(doneNow, partitions.Count, bytesNow));
    }
}
