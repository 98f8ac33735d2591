using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Connections;

/// <summary>What was asked of a cluster did not happen. The message says what, where and, where there is one, the remedy.</summary>
public class ClusterException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What a client may do about it before it asks again.</summary>
    public virtual ErrorRemedy Remedy => ErrorRemedy.GiveUp;

    /// <summary>Whether the same may succeed later without anybody's doing.</summary>
    public bool IsTransient => Remedy is ErrorRemedy.Wait or ErrorRemedy.FindLeader or ErrorRemedy.FindCoordinator or ErrorRemedy.FindController;
}

/// <summary>A cluster's connection is described in a way that makes no sense or can't be honoured.</summary>
public sealed class ClusterConfigurationException(string message, Exception? inner = null) : ClusterException(message, inner);

/// <summary>A connection could not be opened, broke, or did not answer in time. It can't be used any further.</summary>
public sealed class BrokerConnectionException(BrokerAddress broker, string reason, Exception? inner = null)
    : ClusterException($"broker {broker}: {reason}", inner)
{
    public override ErrorRemedy Remedy => ErrorRemedy.FindLeader;
}

/// <summary>A broker and this client do not trust each other: certificates or credentials are wrong, or of a kind that the other side does not know.</summary>
public sealed class BrokerAuthenticationException(BrokerAddress broker, string reason, Exception? inner = null)
    : ClusterException($"broker {broker}: {reason}", inner);

/// <summary>A broker is too old, or too new, for what is asked.</summary>
public sealed class UnsupportedBrokerException(BrokerAddress broker, string reason) : ClusterException($"broker {broker}: {reason}");

/// <summary>A broker answered with an error.</summary>
public sealed class BrokerErrorException(ErrorCode code, ApiKey api, string subject, string? detail = null)
    : ClusterException(Text(code, api, subject, detail))
{
    /// <summary>What it answered.</summary>
    public ErrorCode Code { get; } = code;

    public override ErrorRemedy Remedy => Code.Rule().Remedy;

    private static string Text(ErrorCode code, ApiKey api, string subject, string? detail) =>
        $"{api} of {subject}: the broker answered {code} ({(short)code}){After(": ", detail)}{After("; ", code.Rule().Hint)}";

    private static string After(string separator, string? text) => string.IsNullOrEmpty(text) ? "" : separator + text;
}
