namespace KafkaBackup.Broker.Security;

/// <summary>Who clients are, as Kafka writes it.</summary>
internal static class Principals
{
    /// <summary>Who said nothing about himself.</summary>
    public const string Anonymous = "User:ANONYMOUS";

    /// <summary>The name of a user, as quotas know him.</summary>
    public static string Name(string principal) => principal[(principal.IndexOf(':', StringComparison.Ordinal) + 1)..];

    public static string User(string name) => "User:" + name;
}
