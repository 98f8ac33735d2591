namespace KafkaBackup.Kafka.Producing;

/// <summary>A run of records whose offsets are consecutive at the source and at the target.</summary>
/// <param name="Source">The first record's offset at the source.</param>
/// <param name="Target">The first record's offset at the target.</param>
/// <param name="Count">How many records; above 0.</param>
public readonly record struct OffsetRun(long Source, long Target, long Count);

/// <summary>
/// Which source offset became which target offset, as runs in ascending order: as many as the source has holes, not as it has records.
/// </summary>
public sealed class OffsetMap(long targetStart)
{
    private readonly List<OffsetRun> _runs = [];

    /// <summary>The runs, ascending.</summary>
    public IReadOnlyList<OffsetRun> Runs => _runs;

    /// <summary>Where the target's records begin.</summary>
    public long TargetStart { get; } = targetStart;

    /// <summary>The target offset that the next record gets.</summary>
    public long TargetEnd { get; private set; } = targetStart;

    /// <summary>Adds records with consecutive source offsets; they get the next target offsets.</summary>
    public void Add(long source, long count)
    {
        if (_runs.Count > 0 && _runs[^1] is var last && last.Source + last.Count == source)
            _runs[^1] = last with { Count = last.Count + count };
        else
            _runs.Add(new OffsetRun(source, TargetEnd, count));
        TargetEnd += count;
    }

    /// <summary>
    /// The target offset of the first restored record whose source offset is not below <paramref name="source"/>; the target's end where
    /// there is none. So a consumer that goes on there misses nothing and reads nothing twice.
    /// </summary>
    public long Translate(long source) => Translate(_runs, TargetEnd, source);

    /// <inheritdoc cref="Translate(long)"/>
    public static long Translate(IReadOnlyList<OffsetRun> runs, long targetEnd, long source)
    {
        var (low, high) = (0, runs.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (runs[middle].Source + runs[middle].Count <= source)
                low = middle + 1;
            else
                high = middle;
        }

        return low == runs.Count ? targetEnd : runs[low].Target + Math.Max(0, source - runs[low].Source);
    }
}
