namespace KafkaBackup.Broker.Tests;

/// <summary>Three nodes with a topic, "t".</summary>
internal static class Three
{
    public static TestBroker Start(int partitions = 1, int replicas = 3, params (string Name, string Value)[] configs) => TestBroker.Start(o => o with
    {
        Nodes = 3,
        Topics = [new StartTopic("t", partitions) { Replicas = replicas, Configs = configs.ToDictionary(c => c.Name, c => c.Value) }],
    });
}
