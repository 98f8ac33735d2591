namespace KafkaBackup.Durable.Stores;

/// <summary>
/// Keeps instances and their histories. Safe for use from several threads.
/// <para>
/// A commit that has returned survives the death of the process and, where the medium allows, of the machine. A commit that was cut off is invisible: a store that
/// writes a large one in several steps (see <see cref="CommitChunk"/>) carries the fence through each and moves <see cref="InstanceRecord.Length"/> in the last, and
/// overwrites such remains later.
/// </para>
/// Any exception other than <see cref="FencedException"/> and <see cref="ArgumentException"/> means that it may help to try again.
/// </summary>
public interface IHistoryStore : IHistorySource
{
    /// <summary>Makes the store ready; called once, before anything else.</summary>
    /// <exception cref="StateFolderInUseException">Another process has the store, and only one may.</exception>
    Task OpenAsync(CancellationToken cancellation);

    /// <summary>Commits a step, wholly or not at all.</summary>
    /// <returns>The row as stored, with its new version.</returns>
    /// <exception cref="FencedException">The row is not the commit's <see cref="HistoryCommit.Previous"/> any more. Nothing was changed.</exception>
    Task<InstanceRecord> CommitAsync(HistoryCommit commit);

    /// <summary>The ids of all instances that have not ended. It may name some that have, never miss one that has not.</summary>
    Task<IReadOnlyList<string>> ListLiveAsync(CancellationToken cancellation);

    /// <summary>Deletes an instance and its history.</summary>
    /// <exception cref="FencedException">The row is not <paramref name="instance"/> any more. Nothing was changed.</exception>
    Task PurgeAsync(InstanceRecord instance);
}
