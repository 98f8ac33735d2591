using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Segments;
using KafkaBackup.Repository.Storage;

namespace KafkaBackup.Repository.Verification;

/// <summary>Verifies a lineage's lists, and tells what an epoch has added to them.</summary>
/// <param name="store">The repository's store.</param>
/// <param name="ahead">How many lists are read ahead at most; 0 or more.</param>
/// <param name="log">Where findings go.</param>
internal sealed class JournalVerifier(IObjectStore store, int ahead, VerificationLog log)
{
    private readonly ListReader reader = new(new SegmentJournal(store), ahead);

    /// <summary>Says which journals will be verified, in their order: the lists that are new since the epochs before are read ahead.</summary>
    public void Expect(IEnumerable<(IReadOnlyList<string> Lists, JournalState? State)> journals) =>
        reader.Expect(journals.SelectMany(journal => journal.Lists.Skip(journal.State is { } state ? Shared(journal.Lists, state) : 0)));

    /// <summary>Verifies the lists that are new since the epochs before.</summary>
    /// <returns>
    /// The references added, whether all of them could be read, and whether they go on where those before ended: if not, they are all that the epoch has, as its writer did not know of a
    /// merge.
    /// </returns>
    public async Task<(IReadOnlyList<SegmentReference> Added, bool IsComplete, bool GoesOn)> VerifyAsync(
        string topic, string lineage, IReadOnlyList<string> lists, JournalState state, CancellationToken cancellationToken)
    {
        var goesOn = !state.IsMerged || await GoesOnAsync(topic, lineage, lists, state, cancellationToken);
        if (!goesOn)
            state.Take(0);
        state.IsMerged = false;
        var shared = Shared(lists, state);
        var replaced = state.Take(shared);
        if (replaced.Any(list => list.IsFull) || (replaced.Count > 0 && lists.Count == shared))
            Found(topic, RepositoryNames.Epoch(log.Epoch), "its lists do not go on where those of the epoch before ended");

        var isComplete = true;
        var references = new List<SegmentReference>();
        foreach (var hash in lists.Skip(shared))
        {
            var list = await TryReadAsync(topic, lineage, hash, cancellationToken);
            state.Add(hash, list);
            isComplete &= list is not null;
            references.AddRange(list ?? []);
        }

        return (Added(topic, lists.Skip(shared).FirstOrDefault(), references, isComplete, replaced, state), isComplete, goesOn);
    }

    /// <summary>Whether lists go on with those of a merge; what can't be read is told later.</summary>
    private async Task<bool> GoesOnAsync(string topic, string lineage, IReadOnlyList<string> lists, JournalState state, CancellationToken cancellationToken)
    {
        var shared = Shared(lists, state);
        var replaced = state.Known.Skip(shared).ToList();
        if (replaced.Count == 0)
            return true;
        if (replaced.Exists(list => list.IsFull) || lists.Count == shared)
            return false;
        var references = new List<SegmentReference>();
        try
        {
            foreach (var hash in lists.Skip(shared))
                references.AddRange(SegmentJournal.Of(topic, lineage, hash, await reader.ReadAsync(hash, cancellationToken)));
        }
        catch (Exception e) when (e is DamagedObjectException or UnsupportedFormatException or IOException)
        {
            return true;
        }

        return JournalState.BeginsWith(references, [.. replaced.SelectMany(list => list.Segments ?? [])]);
    }

    private static int Shared(IReadOnlyList<string> lists, JournalState state) => state.Lists.Zip(lists).TakeWhile(pair => pair.First == pair.Second).Count();

    /// <summary>What is new in lists that came in the place of others.</summary>
    private IReadOnlyList<SegmentReference> Added(
        string topic, string? first, List<SegmentReference> references, bool isComplete, IReadOnlyList<JournalState.KnownList> replaced, JournalState state)
    {
        if (replaced.Count == 0)
            return references;
        // Where a list could not be read, what lies behind the position reached is new.
        if (!isComplete || replaced.Any(list => list.Segments is null))
            return [.. references.Where(segment => segment.To > state.Positions.GetValueOrDefault(segment.Partition, -1))];
        SegmentReference[] before = [.. replaced.SelectMany(list => list.Segments!)];
        if (first is not null && !JournalState.BeginsWith(references, before))
            Found(topic, RepositoryNames.List(first), "it does not begin with the references of the lists that it replaces");
        return [.. references.Skip(before.Length)];
    }

    private async Task<IReadOnlyList<SegmentReference>?> TryReadAsync(string topic, string lineage, string hash, CancellationToken cancellationToken)
    {
        try
        {
            return SegmentJournal.Of(topic, lineage, hash, await reader.ReadAsync(hash, cancellationToken));
        }
        catch (DamagedObjectException e)
        {
            Found(topic, e.Name, e.Problem);
        }
        catch (UnsupportedFormatException e)
        {
            Found(topic, e.Name, RepositoryException.WhatOf(e));
        }
        catch (IOException e)
        {
            Found(topic, RepositoryNames.List(hash), $"it can't be read: {RepositoryException.WhatOf(e)}");
        }

        return null;
    }

    private void Found(string topic, string name, string problem) => log.Found(new VerificationFinding(name, problem, log.Epoch, topic));
}
