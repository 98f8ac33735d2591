using System.Text.Json.Serialization;

namespace KafkaBackup.Durable;

/// <summary>What happened. The names are stored; they never change.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HistoryEventType>))]
public enum HistoryEventType
{
    /// <summary>The run began: <see cref="HistoryEvent.Name"/> is the orchestrator, <see cref="HistoryEvent.Input"/> its input.</summary>
    ExecutionStarted,

    /// <summary>The orchestrator called an activity.</summary>
    TaskScheduled,

    /// <summary>An attempt of an activity is about to run its code, on <see cref="HistoryEvent.HostName"/>. One without an ending was cut off and is repeated.</summary>
    TaskStarted,

    /// <summary>An activity has its result. It never runs again.</summary>
    TaskCompleted,

    /// <summary>An activity failed.</summary>
    TaskFailed,

    /// <summary>The orchestrator created a durable timer.</summary>
    TimerCreated,

    /// <summary>A durable timer fired.</summary>
    TimerFired,

    /// <summary>The orchestrator called a sub-orchestration.</summary>
    SubOrchestrationInstanceCreated,

    /// <summary>A sub-orchestration has its result.</summary>
    SubOrchestrationInstanceCompleted,

    /// <summary>A sub-orchestration failed or was terminated.</summary>
    SubOrchestrationInstanceFailed,

    /// <summary>An event came from outside.</summary>
    EventRaised,

    /// <summary>The instance was halted.</summary>
    ExecutionSuspended,

    /// <summary>The instance was let go on.</summary>
    ExecutionResumed,

    /// <summary>The instance was ended from outside.</summary>
    ExecutionTerminated,

    /// <summary>The run ended by itself, with an output or a failure.</summary>
    ExecutionCompleted,

    /// <summary>The run before this one ended in a new one: the first event of the new run's history.</summary>
    ContinueAsNew,

    /// <summary>Orchestrator and history disagree. What arrives from here on is kept until the code is repaired.</summary>
    ExecutionParked,

    /// <summary>Orchestrator and history agree again.</summary>
    ExecutionUnparked,
}
