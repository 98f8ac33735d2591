namespace KafkaBackup.Broker.Security;

/// <summary>Who clients are, as Kafka writes it.</summary>
internal static class Principals
{
    /// <summary>Who said nothing about himself.</summary>
    public const string Anonymous = "User:ANONYMOUS";

    public static string User(string name) => "User:" + name;
}
