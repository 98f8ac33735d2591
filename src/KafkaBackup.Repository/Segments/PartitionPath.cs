using System.Globalization;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Segments;

/// <summary>Where one run keeps a partition's segments.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Lineage">The topic's life: its id, or <c>life-1</c> and so on.</param>
/// <param name="Generation">The writer's run.</param>
/// <param name="Partition">The partition's number.</param>
public sealed record PartitionPath(string Topic, string Lineage, string Generation, int Partition)
{
    /// <summary>The common start of the names of the run's objects for this partition, with the slash at the end.</summary>
    public string Folder { get; } = CheckFolder($"topics/{Topic}/{Lineage}/{Generation}/{Topic}-{Partition.ToString(CultureInfo.InvariantCulture)}/");

    /// <summary>The segment whose first batch has this base offset.</summary>
    public string Segment(long baseOffset) => $"{Folder}{FormatOffset(baseOffset)}{SegmentFiles.Log}";

    /// <summary>An offset or a sequence number as it stands in objects' names: 20 digits.</summary>
    internal static string FormatOffset(long offset) => offset.ToString("D20", CultureInfo.InvariantCulture);

    private static string CheckFolder(string folder) =>
        ObjectName.CheckPrefix(folder).Count(c => c == '/') == 5 ? folder : throw new ArgumentException($"'{folder}' is not the folder of one partition");
}

/// <summary>The files of a segment, by the ends of their names.</summary>
internal static class SegmentFiles
{
    public const string Log = ".log";
    public const string OffsetIndex = ".index";
    public const string TimeIndex = ".timeindex";
    public const string TransactionIndex = ".txnindex";

    /// <summary>The object that lies beside a segment's log.</summary>
    public static string Beside(string log, string extension) => string.Concat(log.AsSpan(0, log.Length - Log.Length), extension);

    /// <summary>The base offset that a segment's log is named by; null if it is not named as one.</summary>
    public static long? BaseOffsetOf(string log)
    {
        var leaf = log.AsSpan(log.LastIndexOf('/') + 1);
        return leaf.Length == 20 + Log.Length && leaf.EndsWith(Log, StringComparison.Ordinal)
            && long.TryParse(leaf[..20], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : null;
    }
}
