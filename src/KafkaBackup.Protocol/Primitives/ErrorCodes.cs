using System.Collections.Frozen;

namespace KafkaBackup.Protocol.Primitives;

/// <summary>
/// The one table of what is done about which error code: everything that asks brokers, on the raw wire or through another client, decides by
/// it. A code that is not in it (of a newer broker) is given up on. Source: the error codes of the Kafka protocol guide.
/// </summary>
public static class ErrorCodes
{
    private const string Grant = "grant it to the principal that kafka-backup connects as";

    /// <summary>The rules by code.</summary>
    public static FrozenDictionary<ErrorCode, ErrorRule> Rules { get; } = Table().ToFrozenDictionary(rule => rule.Code);

    /// <summary>The rule of a code.</summary>
    public static ErrorRule Rule(this ErrorCode code) => Rules.TryGetValue(code, out var rule) ? rule : new ErrorRule(code, ErrorRemedy.GiveUp);

    /// <summary>Whether the same request may succeed later, here or at another broker, without anybody's doing.</summary>
    public static bool IsRetriable(this ErrorCode code) =>
        code.Rule().Remedy is ErrorRemedy.Wait or ErrorRemedy.FindLeader or ErrorRemedy.FindCoordinator or ErrorRemedy.FindController;

    /// <summary>Whether the client's picture of the cluster (leaders) is out of date.</summary>
    public static bool IsStaleMetadata(this ErrorCode code) => code.Rule().Remedy == ErrorRemedy.FindLeader;

    private static ErrorRule[] Table() =>
    [
        new(ErrorCode.UnknownServerError, ErrorRemedy.GiveUp, "the broker's own log says why"),
        new(ErrorCode.OffsetOutOfRange, ErrorRemedy.CheckPosition),
        new(ErrorCode.CorruptMessage, ErrorRemedy.Wait),
        new(ErrorCode.UnknownTopicOrPartition, ErrorRemedy.FindLeader),
        new(ErrorCode.InvalidFetchSize, ErrorRemedy.GiveUp, "set fetch.max.bytes and max.partition.fetch.bytes above 0"),
        new(ErrorCode.LeaderNotAvailable, ErrorRemedy.FindLeader),
        new(ErrorCode.NotLeaderOrFollower, ErrorRemedy.FindLeader),
        new(ErrorCode.RequestTimedOut, ErrorRemedy.Wait),
        new(ErrorCode.BrokerNotAvailable, ErrorRemedy.GiveUp),
        new(ErrorCode.ReplicaNotAvailable, ErrorRemedy.FindLeader),
        new(ErrorCode.MessageTooLarge, ErrorRemedy.GiveUp, "raise the topic's max.message.bytes"),
        new(ErrorCode.StaleControllerEpoch, ErrorRemedy.GiveUp),
        new(ErrorCode.OffsetMetadataTooLarge, ErrorRemedy.GiveUp, "raise the brokers' offset.metadata.max.bytes"),
        new(ErrorCode.NetworkException, ErrorRemedy.FindLeader),
        new(ErrorCode.CoordinatorLoadInProgress, ErrorRemedy.Wait),
        new(ErrorCode.CoordinatorNotAvailable, ErrorRemedy.FindCoordinator),
        new(ErrorCode.NotCoordinator, ErrorRemedy.FindCoordinator),
        new(ErrorCode.InvalidTopicException, ErrorRemedy.GiveUp),
        new(ErrorCode.RecordListTooLarge, ErrorRemedy.GiveUp, "raise the topic's segment.bytes"),
        new(ErrorCode.NotEnoughReplicas, ErrorRemedy.Wait),
        new(ErrorCode.NotEnoughReplicasAfterAppend, ErrorRemedy.Wait),
        new(ErrorCode.InvalidRequiredAcks, ErrorRemedy.GiveUp),
        new(ErrorCode.IllegalGeneration, ErrorRemedy.GiveUp),
        new(ErrorCode.InconsistentGroupProtocol, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidGroupId, ErrorRemedy.GiveUp),
        new(ErrorCode.UnknownMemberId, ErrorRemedy.GiveUp, "stop the group's consumers"),
        new(ErrorCode.InvalidSessionTimeout, ErrorRemedy.GiveUp),
        new(ErrorCode.RebalanceInProgress, ErrorRemedy.GiveUp, "stop the group's consumers"),
        new(ErrorCode.InvalidCommitOffsetSize, ErrorRemedy.GiveUp),
        new(ErrorCode.TopicAuthorizationFailed, ErrorRemedy.GiveUp, $"access to the topic is missing; {Grant}"),
        new(ErrorCode.GroupAuthorizationFailed, ErrorRemedy.GiveUp, $"access to the group is missing; {Grant}"),
        new(ErrorCode.ClusterAuthorizationFailed, ErrorRemedy.GiveUp, $"access to the cluster is missing; {Grant}"),
        new(ErrorCode.InvalidTimestamp, ErrorRemedy.GiveUp, "widen the topic's message.timestamp.before.max.ms and message.timestamp.after.max.ms"),
        new(ErrorCode.UnsupportedSaslMechanism, ErrorRemedy.GiveUp, "set sasl.mechanism to one that the broker has"),
        new(ErrorCode.IllegalSaslState, ErrorRemedy.GiveUp, "set security.protocol to that of the broker's listener"),
        new(ErrorCode.UnsupportedVersion, ErrorRemedy.GiveUp),
        new(ErrorCode.TopicAlreadyExists, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidPartitions, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidReplicationFactor, ErrorRemedy.GiveUp, "the cluster has fewer brokers than replicas are asked for"),
        new(ErrorCode.InvalidReplicaAssignment, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidConfig, ErrorRemedy.GiveUp),
        new(ErrorCode.NotController, ErrorRemedy.FindController),
        new(ErrorCode.InvalidRequest, ErrorRemedy.GiveUp),
        new(ErrorCode.UnsupportedForMessageFormat, ErrorRemedy.GiveUp, "raise the topic's message.format.version to 0.11 or later"),
        new(ErrorCode.PolicyViolation, ErrorRemedy.GiveUp),
        new(ErrorCode.OutOfOrderSequenceNumber, ErrorRemedy.ReadEnd),
        new(ErrorCode.DuplicateSequenceNumber, ErrorRemedy.ReadEnd),
        new(ErrorCode.InvalidProducerEpoch, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidTxnState, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidProducerIdMapping, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidTransactionTimeout, ErrorRemedy.GiveUp),
        new(ErrorCode.ConcurrentTransactions, ErrorRemedy.Wait),
        new(ErrorCode.TransactionCoordinatorFenced, ErrorRemedy.GiveUp),
        new(ErrorCode.TransactionalIdAuthorizationFailed, ErrorRemedy.GiveUp),
        new(ErrorCode.SecurityDisabled, ErrorRemedy.GiveUp),
        new(ErrorCode.OperationNotAttempted, ErrorRemedy.GiveUp),
        new(ErrorCode.KafkaStorageError, ErrorRemedy.FindLeader),
        new(ErrorCode.LogDirNotFound, ErrorRemedy.GiveUp),
        new(ErrorCode.SaslAuthenticationFailed, ErrorRemedy.GiveUp, "check the credentials"),
        new(ErrorCode.UnknownProducerId, ErrorRemedy.NewProducerId),
        new(ErrorCode.ReassignmentInProgress, ErrorRemedy.GiveUp),
        new(ErrorCode.DelegationTokenAuthDisabled, ErrorRemedy.GiveUp),
        new(ErrorCode.DelegationTokenNotFound, ErrorRemedy.GiveUp),
        new(ErrorCode.DelegationTokenOwnerMismatch, ErrorRemedy.GiveUp),
        new(ErrorCode.DelegationTokenRequestNotAllowed, ErrorRemedy.GiveUp),
        new(ErrorCode.DelegationTokenAuthorizationFailed, ErrorRemedy.GiveUp),
        new(ErrorCode.DelegationTokenExpired, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidPrincipalType, ErrorRemedy.GiveUp),
        new(ErrorCode.NonEmptyGroup, ErrorRemedy.GiveUp, "stop the group's consumers"),
        new(ErrorCode.GroupIdNotFound, ErrorRemedy.GiveUp),
        new(ErrorCode.FetchSessionIdNotFound, ErrorRemedy.Wait),
        new(ErrorCode.InvalidFetchSessionEpoch, ErrorRemedy.Wait),
        new(ErrorCode.ListenerNotFound, ErrorRemedy.FindLeader),
        new(ErrorCode.TopicDeletionDisabled, ErrorRemedy.GiveUp),
        new(ErrorCode.FencedLeaderEpoch, ErrorRemedy.FindLeader),
        new(ErrorCode.UnknownLeaderEpoch, ErrorRemedy.FindLeader),
        new(ErrorCode.UnsupportedCompressionType, ErrorRemedy.GiveUp, "zstd needs brokers of Kafka 2.1 or later"),
        new(ErrorCode.StaleBrokerEpoch, ErrorRemedy.GiveUp),
        new(ErrorCode.OffsetNotAvailable, ErrorRemedy.Wait),
        new(ErrorCode.MemberIdRequired, ErrorRemedy.GiveUp),
        new(ErrorCode.PreferredLeaderNotAvailable, ErrorRemedy.FindLeader),
        new(ErrorCode.GroupMaxSizeReached, ErrorRemedy.GiveUp),
        new(ErrorCode.FencedInstanceId, ErrorRemedy.GiveUp, "stop the group's consumers"),
        new(ErrorCode.EligibleLeadersNotAvailable, ErrorRemedy.FindLeader),
        new(ErrorCode.ElectionNotNeeded, ErrorRemedy.FindLeader),
        new(ErrorCode.NoReassignmentInProgress, ErrorRemedy.GiveUp),
        new(ErrorCode.GroupSubscribedToTopic, ErrorRemedy.GiveUp, "stop the group's consumers"),
        new(ErrorCode.InvalidRecord, ErrorRemedy.GiveUp),
        new(ErrorCode.UnstableOffsetCommit, ErrorRemedy.Wait),
        new(ErrorCode.ThrottlingQuotaExceeded, ErrorRemedy.Wait),
        new(ErrorCode.ProducerFenced, ErrorRemedy.GiveUp),
        new(ErrorCode.ResourceNotFound, ErrorRemedy.GiveUp),
        new(ErrorCode.DuplicateResource, ErrorRemedy.GiveUp),
        new(ErrorCode.UnacceptableCredential, ErrorRemedy.GiveUp),
        new(ErrorCode.InconsistentVoterSet, ErrorRemedy.GiveUp),
        new(ErrorCode.InvalidUpdateVersion, ErrorRemedy.GiveUp),
        new(ErrorCode.FeatureUpdateFailed, ErrorRemedy.GiveUp),
        new(ErrorCode.PrincipalDeserializationFailure, ErrorRemedy.GiveUp),
        new(ErrorCode.SnapshotNotFound, ErrorRemedy.GiveUp),
        new(ErrorCode.UnknownTopicId, ErrorRemedy.FindLeader),
        new(ErrorCode.InconsistentTopicId, ErrorRemedy.FindLeader),
        new(ErrorCode.InconsistentClusterId, ErrorRemedy.GiveUp),
        new(ErrorCode.FetchSessionTopicIdError, ErrorRemedy.Wait),
        new(ErrorCode.NewLeaderElected, ErrorRemedy.FindLeader),
        new(ErrorCode.OffsetMovedToTieredStorage, ErrorRemedy.GiveUp),
        new(ErrorCode.TransactionAbortable, ErrorRemedy.GiveUp),
    ];
}
