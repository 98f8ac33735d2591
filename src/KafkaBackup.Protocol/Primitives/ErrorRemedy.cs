namespace KafkaBackup.Protocol.Primitives;

/// <summary>What a client may do about an error code before it asks again.</summary>
public enum ErrorRemedy
{
    /// <summary>Nothing: the same request fails again until somebody changes something.</summary>
    GiveUp,

    /// <summary>Ask the same broker again after a pause.</summary>
    Wait,

    /// <summary>Ask who leads the partition, then ask that broker.</summary>
    FindLeader,

    /// <summary>Ask who coordinates the group or transaction, then ask that broker.</summary>
    FindCoordinator,

    /// <summary>Ask who controls the cluster, then ask that broker.</summary>
    FindController,

    /// <summary>Compare the position with the log's bounds: records are gone, or the log was truncated.</summary>
    CheckPosition,

    /// <summary>Read the end of the log again and go on from there.</summary>
    ReadEnd,

    /// <summary>Get a new producer id, record it, and go on from the end of the log.</summary>
    NewProducerId,
}

/// <summary>An error code and what to do about it.</summary>
/// <param name="Code">The code.</param>
/// <param name="Remedy">What a client does.</param>
/// <param name="Hint">What a person does where the client gives up; null where the code says it all.</param>
public sealed record ErrorRule(ErrorCode Code, ErrorRemedy Remedy, string? Hint = null);
