using System.Text.Json.Serialization;

namespace KafkaBackup.Durable;

/// <summary>Where an instance stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OrchestrationRuntimeStatus>))]
public enum OrchestrationRuntimeStatus
{
    /// <summary>It runs, or waits for something.</summary>
    Running,

    /// <summary>It has ended with an output.</summary>
    Completed,

    /// <summary>It has ended with an exception.</summary>
    Failed,

    /// <summary>It was ended from outside.</summary>
    Terminated,

    /// <summary>It will start at a later time.</summary>
    Pending,

    /// <summary>It was halted from outside and can be resumed.</summary>
    Suspended,
}
