using KafkaBackup.Durable.Stores;

namespace KafkaBackup.Durable.Runtime;

/// <summary>What one step of an instance comes to: first the commit, then the rest.</summary>
internal sealed class InstanceStep
{
    /// <summary>What to commit; <see langword="null"/> if nothing changes.</summary>
    public HistoryCommit? Commit { get; set; }

    /// <summary>Work to send out.</summary>
    public List<OpenTask> Begun { get; } = [];

    /// <summary>Work whose result is of no interest any more.</summary>
    public List<OpenTask> Dropped { get; } = [];

    /// <summary>Who waits for the commit, and the event as committed (<see langword="null"/>: ignored).</summary>
    public List<(Incoming Incoming, HistoryEvent? Committed)> Answers { get; } = [];
}
