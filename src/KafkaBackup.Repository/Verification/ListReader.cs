using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Repository.Verification;

/// <summary>Reads lists, and those that will be asked for next meanwhile.</summary>
/// <param name="journal">Where from.</param>
/// <param name="ahead">How many are read ahead at most; 0 or more.</param>
internal sealed class ListReader(SegmentJournal journal, int ahead)
{
    /// <summary>Lists kept in memory besides: lineages that share lists follow one another, and each list is read once for all of them.</summary>
    private const int MostKept = 16;

    private readonly Dictionary<string, Task<IReadOnlyList<ListedSegments>>> begun = new(StringComparer.Ordinal);
    private readonly Queue<string> inOrder = new();
    private readonly HashSet<string> waiting = new(StringComparer.Ordinal);
    private Queue<string> expected = new();

    /// <summary>Says which lists will be asked for, in their order, instead of what was said before.</summary>
    public void Expect(IEnumerable<string> hashes)
    {
        expected = new Queue<string>(hashes);
        waiting.Clear();
    }

    /// <summary>The references of all lineages in a list.</summary>
    /// <exception cref="DamagedObjectException">It is missing, or not what its name says.</exception>
    /// <exception cref="UnsupportedFormatException">It is of another format or version.</exception>
    public Task<IReadOnlyList<ListedSegments>> ReadAsync(string hash, CancellationToken cancellationToken)
    {
        waiting.Remove(hash);
        var list = Begin(hash, cancellationToken);
        while (waiting.Count < ahead && expected.TryDequeue(out var next))
        {
            if (begun.ContainsKey(next))
                continue;
            Begin(next, cancellationToken);
            waiting.Add(next);
        }

        return list;
    }

    private Task<IReadOnlyList<ListedSegments>> Begin(string hash, CancellationToken cancellationToken)
    {
        if (begun.TryGetValue(hash, out var there))
            return there;
        // The oldest is none of those that wait to be asked for: they are fewer, and younger.
        if (inOrder.Count > MostKept + ahead)
            begun.Remove(inOrder.Dequeue());
        inOrder.Enqueue(hash);
        return begun[hash] = journal.ReadAllAsync(hash, cancellationToken);
    }
}
