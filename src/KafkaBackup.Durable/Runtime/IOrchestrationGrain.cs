using Orleans.Concurrency;

namespace KafkaBackup.Durable.Runtime;

/// <summary>One instance. Its calls return after the commit of what they bring; a call that fails may be made again.</summary>
internal interface IOrchestrationGrain : IGrainWithStringKey
{
    /// <summary>Creates the instance if it is not there. One that has ended tells its parent again.</summary>
    Task StartAsync(StartRequest request);

    /// <summary>Brings an event. One that has no place (its task has ended, the instance is over) is ignored.</summary>
    Task DeliverAsync(HistoryEvent @event);

    /// <summary>Records that an attempt begins.</summary>
    /// <returns>The event as committed, or <see langword="null"/> if the task is not open any more.</returns>
    Task<HistoryEvent?> BeginAttemptAsync(int generation, int taskId, string hostName);

    /// <summary>Waits until the instance has started, or ended (or is parked), for as long as <paramref name="limit"/>.</summary>
    Task<bool> WaitAsync(WaitTarget target, TimeSpan limit);

    /// <summary>Takes note of what a running attempt has done. Reports may overtake one another: one that comes behind a later one counts no more.</summary>
    /// <param name="generation">The generation of the call.</param>
    /// <param name="taskId">The call.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="number">Which of its reports this is, ascending.</param>
    /// <param name="json">The report.</param>
    [OneWay]
    Task ReportProgressAsync(int generation, int taskId, int attempt, long number, string json);

    Task<IReadOnlyList<ActivityProgress>> GetProgressAsync();

    /// <returns>False if there is no such instance, or it has not ended.</returns>
    Task<bool> PurgeAsync();

    /// <summary>Being called brings the instance back to memory, which sends its open work again.</summary>
    /// <param name="sendAgain">Whether an instance that is in memory sends it again as well: a host that had some of it has died.</param>
    Task TouchAsync(bool sendAgain);
}
