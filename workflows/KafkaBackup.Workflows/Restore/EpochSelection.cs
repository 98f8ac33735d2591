using KafkaBackup.Repository.Epochs;

namespace KafkaBackup.Workflows.Restore;

/// <summary>Finds the epoch that is meant.</summary>
public static class EpochSelection
{
    /// <summary>The epoch by number; or the latest one, of those sealed at or before a time if one is given.</summary>
    /// <exception cref="EpochNotFoundException">There is none of this number.</exception>
    /// <exception cref="NoEpochException">There is none at all, or none that old.</exception>
    public static async Task<Epoch> FindAsync(BackupRepository repository, long? sequence, DateTimeOffset? asOf, CancellationToken cancellation)
    {
        if (sequence is { } number)
            return await repository.ReadEpochAsync(number, cancellation);
        var sequences = new List<long>();
        await foreach (var entry in repository.ListEpochsAsync(cancellation))
            sequences.Add(entry.Sequence);
        if (sequences.Count == 0)
            throw new NoEpochException("there is no epoch in this repository yet");
        // Between those that are there others may have been removed.
        var next = sequences.Count - 1;
        var latest = await repository.ReadEpochAsync(sequences[next], cancellation);
        while (asOf is { } time && latest.Run.SealedAt > time)
        {
            latest = next-- > 0
                ? await repository.ReadEpochAsync(sequences[next], cancellation)
                : throw new NoEpochException($"no epoch that is there was sealed at or before {time:u}; the first one was at {latest.Run.SealedAt:u}");
        }

        return latest;
    }
}

/// <summary>A repository has no epoch that is meant.</summary>
public sealed class NoEpochException(string message) : Exception(message);
