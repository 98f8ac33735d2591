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
        var latest = await repository.LatestAsync(cancellation) ?? throw new NoEpochException("there is no epoch in this repository yet");
        while (asOf is { } time && latest.Run.SealedAt > time)
        {
            latest = latest.Core.Sequence > 1
                ? await repository.ReadEpochAsync(latest.Core.Sequence - 1, cancellation)
                : throw new NoEpochException($"no epoch was sealed at or before {time:u}; the first one was at {latest.Run.SealedAt:u}");
        }

        return latest;
    }
}

/// <summary>A repository has no epoch that is meant.</summary>
public sealed class NoEpochException(string message) : Exception(message);
