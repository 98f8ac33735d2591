using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Retention;

/// <summary>
/// Finds the objects that lists lead to, and for each the newest of the epochs to be kept that needs it. An epoch needs the segments of its lists whose end lies
/// above the log start of their partition, and whose beginning lies below its cut. What it only carries over it needs as the last epoch that held it does.
/// </summary>
internal sealed class NeededObjects
{
    /// <summary>No epoch that is kept needs it.</summary>
    public const long Nobody = 0;

    private readonly Dictionary<string, Usage> objects = new(StringComparer.Ordinal);

    /// <summary>An object of segments.</summary>
    internal sealed class Usage
    {
        public long Needer { get; set; } = Nobody;

        /// <summary>Whether whoever begins now to read an epoch needs it. If not, only somebody does who began before a merge.</summary>
        public bool IsOfNow { get; set; }

        public long Bytes { get; set; }

        /// <summary>The reference, if the object is one segment; its indexes lie beside it then.</summary>
        public SegmentReference? Alone { get; set; }
    }

    /// <summary>The objects by name.</summary>
    public IReadOnlyDictionary<string, Usage> Objects => objects;

    /// <param name="repository">The repository.</param>
    /// <param name="lists">The lists, and which epochs read by them.</param>
    /// <param name="kept">The epochs that are kept.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public static async Task<NeededObjects> FindAsync(BackupRepository repository, ListUses lists, IReadOnlySet<long> kept, CancellationToken cancellationToken)
    {
        var needed = new NeededObjects();
        var held = lists.Epochs.ToDictionary(epoch => epoch.Sequence, epoch => epoch.Held);
        var seen = new HashSet<(string Object, long Offset)>();
        foreach (var (hash, users) in lists.Uses)
        {
            var byJournal = users.Where(use => kept.Contains(use.Epoch)).ToLookup(use => use.Journal, StringComparer.Ordinal);
            foreach (var journal in await ReadAsync(repository, hash, users, cancellationToken))
            {
                var uses = new List<(long Epoch, bool IsOfNow, IReadOnlyDictionary<int, HeldOffsets> Held)>();
                foreach (var use in byJournal[$"{journal.Topic}/{journal.Lineage}"].OrderByDescending(use => use.Epoch))
                {
                    if (!held.TryGetValue(use.Holder, out var holder))
                        held[use.Holder] = holder = EpochFacts.HeldBy(await repository.ReadCoreAsync(use.Holder, cancellationToken));
                    uses.Add((use.Epoch, use.IsOfNow, holder.GetValueOrDefault(use.Journal, new Dictionary<int, HeldOffsets>())));
                }

                foreach (var segment in journal.Segments)
                    needed.Add(segment, uses, seen);
            }
        }

        return needed;
    }

    /// <summary>The names of the objects that nobody needs, in the order in which they are deleted: indexes before their segment.</summary>
    public IEnumerable<string> Unneeded(Func<long, bool> isKept) =>
        objects.Where(o => !isKept(o.Value.Needer)).OrderBy(o => o.Key, StringComparer.Ordinal).SelectMany(o => NamesOf(o.Key, o.Value));

    /// <summary>A list's references; none if it is gone because no epoch is read by it any more, or each that was has been removed meanwhile.</summary>
    private static async Task<IReadOnlyList<ListedSegments>> ReadAsync(BackupRepository repository, string hash, IReadOnlyList<ListUse> uses, CancellationToken cancellationToken)
    {
        try
        {
            return await repository.ReadListAsync(hash, cancellationToken);
        }
        catch (DamagedObjectException e) when (e.InnerException is ObjectNotFoundException)
        {
            foreach (var use in uses.Where(use => use.IsOfNow))
            {
                if (await repository.Store.GetLengthAsync(RepositoryNames.Epoch(use.Epoch), cancellationToken) is not null)
                    throw;
            }

            return [];
        }
    }

    private void Add(SegmentReference segment, List<(long Epoch, bool IsOfNow, IReadOnlyDictionary<int, HeldOffsets> Held)> uses, HashSet<(string, long)> seen)
    {
        if (!objects.TryGetValue(segment.Object, out var usage))
            objects[segment.Object] = usage = new Usage();
        if (seen.Add((segment.Object, segment.Offset)))
            usage.Bytes += segment.Length;
        if (!segment.IsPacked)
            usage.Alone = segment;
        // The newest comes first.
        foreach (var (epoch, isOfNow, held) in uses)
        {
            if (usage.IsOfNow && epoch <= usage.Needer)
                return;
            if ((epoch > usage.Needer || isOfNow) && held.TryGetValue(segment.Partition, out var offsets) && offsets.Needs(segment))
            {
                usage.Needer = Math.Max(usage.Needer, epoch);
                usage.IsOfNow |= isOfNow;
            }
        }
    }

    internal static IEnumerable<string> NamesOf(string name, Usage usage) => usage.Alone is { } segment ? SegmentIndexObjects.NamesOf(segment) : [name];
}
