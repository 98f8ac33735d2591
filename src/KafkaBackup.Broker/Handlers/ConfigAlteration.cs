using KafkaBackup.Broker.Topics;
using KafkaBackup.Protocol.Messages;
using KafkaBackup.Protocol.Primitives;

namespace KafkaBackup.Broker.Handlers;

/// <summary>Changes what a topic is configured to, as a whole or entry by entry.</summary>
internal static class ConfigAlteration
{
    /// <param name="broker">The node.</param>
    /// <param name="type">What is to be configured.</param>
    /// <param name="name">Its name.</param>
    /// <param name="wrong">What is wrong with the change itself; no error, if nothing is.</param>
    /// <param name="change">The topic's own entries as they shall be.</param>
    /// <param name="validateOnly">Whether it is only judged.</param>
    public static AlteredConfigResource Alter(
        this BrokerCore broker,
        ConfigResourceType type,
        string name,
        (ErrorCode Error, string? Message) wrong,
        Func<Topic, IReadOnlyDictionary<string, string>> change,
        bool validateOnly)
    {
        var (error, message) = type != ConfigResourceType.Topic ? (ErrorCode.InvalidRequest, "Only topics can be configured while the broker runs.")
            : wrong.Error != ErrorCode.None ? wrong
            : broker.Topics.Configure(name, change, validateOnly);
        return new AlteredConfigResource { ErrorCode = error, ErrorMessage = message, ResourceType = type, ResourceName = name };
    }

    /// <summary>An entry that is to be set to nothing is refused.</summary>
    public static (ErrorCode Error, string? Message) RefuseNull(string? name) =>
        name is null ? default : (ErrorCode.InvalidRequest, $"Null value not supported for : {name}");
}
