namespace KafkaBackup.Durable.Runtime;

/// <summary>An event that waits to be committed.</summary>
/// <param name="Event">The event; time and run are filled in by the commit.</param>
/// <param name="Done">Completed after the commit, with the event as committed, or with <see langword="null"/> if it was ignored.</param>
internal sealed record Incoming(HistoryEvent Event, TaskCompletionSource<HistoryEvent?> Done)
{
    public Incoming(HistoryEvent @event)
        : this(@event, new())
    {
    }
}
