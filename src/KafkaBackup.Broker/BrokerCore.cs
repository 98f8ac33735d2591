using KafkaBackup.Broker.Groups;
using KafkaBackup.Broker.State;
using KafkaBackup.Broker.Topics;
using KafkaBackup.Broker.Transactions;

namespace KafkaBackup.Broker;

/// <summary>What the handlers work on.</summary>
internal sealed record BrokerCore(
    BrokerOptions Options,
    DataFolder Folder,
    TopicRegistry Topics,
    GroupCoordinator Groups,
    TransactionCoordinator Transactions,
    TimeProvider Time)
{
    /// <summary>Where clients are told to connect to; set once the listener knows its port.</summary>
    public string Host { get; set; } = "";

    public int Port { get; set; }

    public bool AutoCreateTopics => Options.Configs.GetValueOrDefault("auto.create.topics.enable", "true") == "true";

    /// <summary>How many partitions a topic gets where nobody says.</summary>
    public int DefaultPartitions => int.Parse(Options.Configs.GetValueOrDefault("num.partitions", "1"));
}
