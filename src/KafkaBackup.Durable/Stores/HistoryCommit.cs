namespace KafkaBackup.Durable.Stores;

/// <summary>A step of one instance: its row's next state, and the events that lead there.</summary>
/// <param name="Previous">The row as it was loaded or last committed, its version being the fence; <see langword="null"/> for an instance that is new.</param>
/// <param name="Next">The row as it is to be. Its <see cref="InstanceRecord.Version"/> is ignored.</param>
/// <param name="Events">
/// New events: they take the last places of the next state's history. If the generation changes, the history before them is dropped, and they are all of it.
/// </param>
public sealed record HistoryCommit(InstanceRecord? Previous, InstanceRecord Next, IReadOnlyList<HistoryEvent> Events)
{
    /// <summary>The place of the first new event, from 0.</summary>
    public int From => Next.Length - Events.Count;
}
