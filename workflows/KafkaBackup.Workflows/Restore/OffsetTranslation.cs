using System.Text.Json.Serialization;
using KafkaBackup.Kafka.Producing;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Why a group goes on where it does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OffsetRule>))]
public enum OffsetRule
{
    /// <summary>The record that it would have read next is restored.</summary>
    Exact,

    /// <summary>That record is not there (compacted, aborted, a marker); the next one that is restored.</summary>
    Hole,

    /// <summary>It had read everything, or nothing that is restored follows.</summary>
    End,

    /// <summary>It had committed below the first record that is restored.</summary>
    BeforeStart,

    /// <summary>It had committed beyond what the epoch holds; it goes on at the end of it, and reads again what comes after.</summary>
    BeyondCut,

    /// <summary>Nothing of the partition is restored.</summary>
    Empty,
}

/// <summary>
/// Translates a committed offset: to the first restored record whose source offset is not below it. Never beyond it, which would lose
/// records, and no guess.
/// </summary>
public static class OffsetTranslation
{
    /// <summary>The target offset, with the rule that gave it.</summary>
    /// <param name="runs">The partition's map.</param>
    /// <param name="targetStart">The offset of the first restored record.</param>
    /// <param name="targetEnd">The offset after the last restored record.</param>
    /// <param name="cut">The end of what the epoch holds, at the source.</param>
    /// <param name="committed">What the group had committed.</param>
    public static (long Offset, OffsetRule Rule) Translate(IReadOnlyList<OffsetRun> runs, long targetStart, long targetEnd, long cut, long committed)
    {
        if (committed > cut)
            return (targetEnd, OffsetRule.BeyondCut);
        if (runs.Count == 0)
            return (targetStart, OffsetRule.Empty);
        var target = OffsetMap.Translate(runs, targetEnd, committed);
        if (target == targetEnd)
            return (target, OffsetRule.End);
        if (committed < runs[0].Source)
            return (target, OffsetRule.BeforeStart);
        var isThere = runs.Any(run => committed >= run.Source && committed < run.Source + run.Count);
        return (target, isThere ? OffsetRule.Exact : OffsetRule.Hole);
    }
}
