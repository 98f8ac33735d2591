using System.Text.Json;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Http;
using KafkaBackup.Host.Secrets;

namespace KafkaBackup.Cli.Output;

/// <summary>What the command line says: results on standard output, errors and progress on standard error.</summary>
internal static class Terminal
{
    private static KnownSecrets _secrets = KnownSecrets.None;

    /// <summary>From now on, errors and warnings are told without these.</summary>
    public static void Conceal(KnownSecrets secrets) => _secrets = secrets;

    /// <summary>Says what went wrong, in one line.</summary>
    public static int Fail(ExitCode code, string message)
    {
        Console.Error.WriteLine($"kafka-backup: {_secrets.Redact(message.ReplaceLineEndings(" "))}");
        return (int)code;
    }

    /// <summary>Prints a result: as JSON, or in words.</summary>
    public static void Print<T>(T result, bool json, Action<T> inWords)
    {
        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(result, HttpJson.Options));
        else
            inWords(result);
    }

    public static void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
            Console.Error.WriteLine($"warning: {_secrets.Redact(warning)}");
    }
}
