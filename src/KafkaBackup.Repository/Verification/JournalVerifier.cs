using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies a lineage's lists, and tells what an epoch has added to them.</summary>
internal sealed class JournalVerifier(IObjectStore store, VerificationLog log)
{
    private readonly SegmentJournal journal = new(store);

    /// <summary>Verifies the lists that are new since the epochs before.</summary>
    /// <returns>The references added, and whether all of them could be read.</returns>
    public async Task<(IReadOnlyList<SegmentReference> Added, bool IsComplete)> VerifyAsync(
        string topic, string lineage, IReadOnlyList<string> lists, JournalState state, CancellationToken cancellationToken)
    {
        var shared = state.Lists.Zip(lists).TakeWhile(pair => pair.First == pair.Second).Count();
        if (shared < state.Lists.Count - 1 || lists.Count < state.Lists.Count)
            Found(topic, RepositoryNames.Epoch(log.Epoch), "its lists do not go on where those of the epoch before ended");

        var isComplete = true;
        var added = new List<SegmentReference>();
        for (var i = shared; i < lists.Count; i++)
        {
            if (await TryReadAsync(topic, lineage, lists[i], cancellationToken) is not { } list)
            {
                isComplete = false;
                state.Tail = null;
                continue;
            }

            added.AddRange(i == state.Lists.Count - 1 ? Successors(topic, lists[i], list, state) : list);
            state.Tail = list;
        }

        state.Lists = lists;
        return (added, isComplete);
    }

    private IEnumerable<SegmentReference> Successors(string topic, string hash, IReadOnlyList<SegmentReference> list, JournalState state)
    {
        if (state.Tail is not { } tail)
            return list.Where(segment => segment.To > state.Positions.GetValueOrDefault(segment.Partition, -1));
        if (!JournalState.BeginsWith(list, tail))
            Found(topic, RepositoryNames.List(hash), "it does not begin with the references of the list that it replaces");
        return list.Skip(tail.Count);
    }

    private async Task<IReadOnlyList<SegmentReference>?> TryReadAsync(string topic, string lineage, string hash, CancellationToken cancellationToken)
    {
        try
        {
            return await journal.ReadAsync(topic, lineage, hash, cancellationToken);
        }
        catch (DamagedObjectException e)
        {
            Found(topic, e.Name, e.Problem);
        }
        catch (UnsupportedFormatException e)
        {
            Found(topic, e.Name, e.Message);
        }
        catch (IOException e)
        {
            Found(topic, RepositoryNames.List(hash), $"it can't be read: {e.Message}");
        }

        return null;
    }

    private void Found(string topic, string name, string problem) => log.Found(new VerificationFinding(name, problem, log.Epoch, topic));
}
