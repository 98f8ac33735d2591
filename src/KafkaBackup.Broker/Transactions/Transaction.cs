using KafkaBackup.Broker.Groups;

namespace KafkaBackup.Broker.Transactions;

/// <summary>Where a transactional id stands.</summary>
internal enum TransactionState
{
    /// <summary>No transaction yet.</summary>
    Empty,

    /// <summary>A transaction is open.</summary>
    Ongoing,

    /// <summary>It is decided that the transaction commits; its markers are on their way.</summary>
    PrepareCommit,

    /// <summary>It is decided that the transaction aborts; its markers are on their way.</summary>
    PrepareAbort,

    /// <summary>The last transaction was committed.</summary>
    CompleteCommit,

    /// <summary>The last transaction was aborted.</summary>
    CompleteAbort,
}

/// <summary>A transactional id: its producer, and its open or last transaction. Whoever calls holds <see cref="Lock"/>.</summary>
internal sealed class Transaction(string id)
{
    public Lock Lock { get; } = new();

    public string Id => id;

    public long ProducerId { get; set; } = -1;

    public short Epoch { get; set; } = -1;

    public int TimeoutMs { get; set; }

    public TransactionState State { get; set; }

    /// <summary>When the open transaction began, in milliseconds since 1970.</summary>
    public long StartedMs { get; set; }

    public HashSet<(string Topic, int Partition)> Partitions { get; } = [];

    /// <summary>What it will commit, by group.</summary>
    public Dictionary<string, Dictionary<(string Topic, int Partition), CommittedOffset>> Offsets { get; } = [];
}
