using KafkaBackup.Protocol.Records;

namespace KafkaBackup.Broker.Logs.Compaction;

/// <summary>
/// Brings a compacted segment into the place of those that it was made from, file by file, so that a kill between any two steps leaves the old log or the new one.
/// What is being written ends in `.cleaned`; once the log itself ends in `.swap` the exchange is decided, and the next start carries it out. Source of the names:
/// Kafka's log cleaner.
/// </summary>
internal static class SegmentSwap
{
    /// <summary>Behind the names of files that are being written, and are nothing yet.</summary>
    public const string Cleaned = ".cleaned";

    /// <summary>Behind the names of files that are whole, and count.</summary>
    public const string Swap = ".swap";

    private static readonly string[] Extensions = [".log", ".index", ".timeindex", ".txnindex"];

    /// <summary>Decides the exchange, by its last step: the log is the last of a segment's files.</summary>
    public static IEnumerable<Action> Announce(LogSegment cleaned) => Rename(cleaned, Cleaned, Swap);

    /// <summary>
    /// Carries it out. The old segments go in the order of their offsets: were a later one gone before an earlier one, a kill could leave a record without the
    /// tombstone behind it.
    /// </summary>
    public static IEnumerable<Action> Finish(IReadOnlyList<LogSegment> old, LogSegment cleaned)
    {
        foreach (var segment in old)
        {
            yield return segment.Dispose;
            foreach (var file in segment.Files)
                yield return () => File.Delete(file.Path);
        }

        foreach (var step in Rename(cleaned, Swap, ""))
            yield return step;
    }

    /// <summary>Carries out, or takes back, what a kill has left in a partition's folder.</summary>
    public static void Recover(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "*" + Cleaned))
            File.Delete(file);
        foreach (var log in Directory.GetFiles(folder, "*.log" + Swap))
            Complete(folder, log);
        foreach (var file in Directory.GetFiles(folder, "*" + Swap))
            File.Delete(file);
    }

    private static void Complete(string folder, string log)
    {
        var name = log[..^(".log" + Swap).Length];
        var from = long.Parse(Path.GetFileName(name));
        var to = Math.Max(EndOf(log), from + 1);
        foreach (var file in Directory.GetFiles(folder))
        {
            if (Extensions.Contains(Path.GetExtension(file)) && long.TryParse(Path.GetFileNameWithoutExtension(file), out var offset) && offset >= from && offset < to)
                File.Delete(file);
        }

        // The log is the last again: until it has its name, all of this can be done anew.
        foreach (var extension in Extensions.Reverse().Where(extension => File.Exists(name + extension + Swap)))
            File.Move(name + extension + Swap, name + extension);
    }

    private static long EndOf(string log)
    {
        ReadOnlyMemory<byte> rest = File.ReadAllBytes(log);
        var end = 0L;
        while (RecordBatch.TryTake(ref rest, out var batch))
            end = batch.Header.NextOffset;
        return end;
    }

    private static IEnumerable<Action> Rename(LogSegment segment, string from, string to) =>
        segment.Files.Select<AppendFile, Action>(file => () => file.MoveTo(file.Path[..^from.Length] + to));
}
