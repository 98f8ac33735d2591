using System.CommandLine;
using KafkaBackup.Host.Configuration;
using Microsoft.Extensions.Configuration;

namespace KafkaBackup.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document on standard output, and nothing else there" };

    public static Option<string> Repository() => new("--repository", "-r") { Description = "file:PATH, or a named connection of the configuration", Required = true };

    public static Option<string> BootstrapServer() => new("--bootstrap-server", "-b") { Description = "HOST:PORT[,...], or a named connection of the configuration", Required = true };

    public static Option<string[]> Kafka() => new("--kafka") { Description = "KEY=VALUE: a librdkafka client property; may be repeated", DefaultValueFactory = _ => [] };

    public static Option<FileInfo?> CommandConfig() => new("--command-config") { Description = "A file of librdkafka client properties, KEY=VALUE a line" };

    public static Option<string> State() => new("--state") { Description = "The folder that keeps the histories of orchestrations", DefaultValueFactory = _ => ".kafka-backup" };

    public static Option<Uri?> Host() => new("--host") { Description = "A running service that does it, such as http://127.0.0.1:7071; clusters and repositories are then its named connections" };

    public static Option<FileInfo?> Config() => new("--config") { Description = "A JSON configuration file" };

    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Log what happens on standard error" };

    public static Option<long?> Bytes(string name, string description) => new(name) { Description = description, CustomParser = ByteSize.Parse };

    public static Option<string[]> List(string name, string description) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
        CustomParser = result => [.. result.Tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
    };

    /// <summary>The configuration as every command reads it: local.settings.json, appsettings.json, the environment, --config; the later wins.</summary>
    public static IConfigurationRoot ReadConfiguration(FileInfo? file)
    {
        if (file is { Exists: false })
            throw new HostConfigurationException([$"there is no configuration file {file.FullName}"]);
        var builder = new ConfigurationBuilder().AddLocalSettings(Directory.GetCurrentDirectory());
        builder.AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), "appsettings.json"), optional: true);
        builder.AddEnvironmentVariables();
        if (file is not null)
            builder.AddJsonFile(file.FullName);
        try
        {
            return builder.Build();
        }
        catch (InvalidDataException e)
        {
            throw new HostConfigurationException([e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message]);
        }
    }
}
