using KafkaBackup.Repository.Retention;
using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Merging;

/// <summary>
/// Finds the runs of a lineage's references that become large segments: a pure function of the references and of what the newest epoch holds, so that it can be done again.
/// </summary>
internal static class MergeRuns
{
    /// <param name="references">The lineage's references, by partition and offset.</param>
    /// <param name="held">What the newest epoch that holds the lineage holds of each partition.</param>
    /// <param name="policy">What is merged.</param>
    /// <returns>The runs, each of adjacent references of one partition, in order.</returns>
    public static IReadOnlyList<IReadOnlyList<SegmentReference>> Of(
        IReadOnlyList<SegmentReference> references, IReadOnlyDictionary<int, HeldOffsets> held, MergePolicy policy)
    {
        var runs = new List<IReadOnlyList<SegmentReference>>();
        var run = new List<SegmentReference>();
        foreach (var reference in references)
        {
            var isMergeable = IsMergeable(reference);
            if (run.Count > 0 && !(isMergeable && run[^1].Partition == reference.Partition && run[^1].To == reference.From))
                End();
            if (isMergeable)
                run.Add(reference);
        }

        End();
        return runs;

        // A first batch that begins below `from` would bring back, in the middle of a segment, records that readers leave out.
        bool IsMergeable(SegmentReference reference) =>
            reference.Length < policy.SegmentBytes / 2 && reference.Base >= reference.From
            && held.TryGetValue(reference.Partition, out var offsets) && offsets.Needs(reference);

        void End()
        {
            // What is larger than all that follows it is not read again for their sake: it is when they have become as much. So every byte is merged few times.
            var rest = run.Sum(reference => reference.Length);
            var first = 0;
            while (run.Count - first >= policy.LeastSegments && run[first].Length > (rest -= run[first].Length))
                first++;
            if (run.Count - first >= policy.LeastSegments)
                runs.Add(run[first..]);
            run = [];
        }
    }
}
