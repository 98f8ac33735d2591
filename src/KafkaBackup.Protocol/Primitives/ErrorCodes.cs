namespace KafkaBackup.Protocol.Primitives;

/// <summary>What a client may do about an error code, as data. Source: the error codes of the Kafka protocol guide.</summary>
public static class ErrorCodes
{
    private static readonly HashSet<ErrorCode> Stale =
    [
        ErrorCode.UnknownTopicOrPartition, ErrorCode.LeaderNotAvailable, ErrorCode.NotLeaderOrFollower, ErrorCode.ReplicaNotAvailable,
        ErrorCode.NetworkException, ErrorCode.KafkaStorageError, ErrorCode.ListenerNotFound, ErrorCode.FencedLeaderEpoch,
        ErrorCode.PreferredLeaderNotAvailable,
    ];

    private static readonly HashSet<ErrorCode> Passing =
    [
        .. Stale, ErrorCode.CorruptMessage, ErrorCode.RequestTimedOut, ErrorCode.CoordinatorLoadInProgress, ErrorCode.CoordinatorNotAvailable,
        ErrorCode.NotCoordinator, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.NotController,
        ErrorCode.ConcurrentTransactions, ErrorCode.FetchSessionIdNotFound, ErrorCode.InvalidFetchSessionEpoch, ErrorCode.UnknownLeaderEpoch,
        ErrorCode.OffsetNotAvailable, ErrorCode.UnstableOffsetCommit, ErrorCode.ThrottlingQuotaExceeded,
    ];

    /// <summary>Whether the same request may succeed later without anybody's doing.</summary>
    public static bool IsRetriable(this ErrorCode code) => Passing.Contains(code);

    /// <summary>Whether the client's picture of the cluster (leaders) is out of date.</summary>
    public static bool IsStaleMetadata(this ErrorCode code) => Stale.Contains(code);
}
