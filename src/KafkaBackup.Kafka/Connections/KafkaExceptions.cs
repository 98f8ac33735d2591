using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Kafka.Connections;

/// <summary>What was asked of a cluster did not happen. The message says what, where and, where there is one, the remedy.</summary>
public class ClusterException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the same may succeed later without anybody's doing.</summary>
    public virtual bool IsTransient => false;
}

/// <summary>A cluster's connection is described in a way that makes no sense or can't be honoured.</summary>
public sealed class ClusterConfigurationException(string message) : ClusterException(message);

/// <summary>A connection could not be opened, broke, or did not answer in time. It can't be used any further.</summary>
public sealed class BrokerConnectionException(BrokerAddress broker, string reason, Exception? inner = null)
    : ClusterException($"broker {broker}: {reason}", inner)
{
    public override bool IsTransient => true;
}

/// <summary>A broker is too old, or too new, for what is asked.</summary>
public sealed class UnsupportedBrokerException(BrokerAddress broker, string reason) : ClusterException($"broker {broker}: {reason}");

/// <summary>A broker answered with an error.</summary>
public sealed class BrokerErrorException(ErrorCode code, ApiKey api, string subject, string? detail = null)
    : ClusterException($"{api} of {subject}: the broker answered {code} ({(short)code}){(string.IsNullOrEmpty(detail) ? "" : ": " + detail)}")
{
    /// <summary>What it answered.</summary>
    public ErrorCode Code { get; } = code;

    public override bool IsTransient => Code.IsRetriable();
}
