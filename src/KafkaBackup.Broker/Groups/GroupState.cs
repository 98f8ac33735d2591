namespace KafkaBackup.Broker.Groups;

/// <summary>Where a group stands. The names are those that DescribeGroups gives.</summary>
internal enum GroupState
{
    /// <summary>No members; offsets perhaps.</summary>
    Empty,

    /// <summary>Waits for its members to join.</summary>
    PreparingRebalance,

    /// <summary>Waits for the leader's assignment.</summary>
    CompletingRebalance,

    /// <summary>Every member has its assignment.</summary>
    Stable,

    /// <summary>Deleted.</summary>
    Dead,
}
