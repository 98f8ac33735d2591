using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KafkaBackup.Cli.Output;
using KafkaBackup.Durable;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Instances;
using KafkaBackup.Host.Secrets;
using KafkaBackup.Workflows.Restore;
using KafkaBackup.Workflows.Selection;
using Microsoft.Extensions.Configuration;
using Ages = KafkaBackup.Host.Configuration.Age;

namespace KafkaBackup.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    private const string EpochForm = "epoch's number, such as 3";

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document on standard output, and nothing else there; words by default" };

    public static Option<string> Repository() => new("--repository", "-r") { Description = "file:PATH, azure:CONTAINER[/PREFIX], s3:BUCKET[/PREFIX], or a named connection of the configuration", Required = true };

    public static Option<string> BootstrapServer() => new("--bootstrap-server", "-b") { Description = "HOST:PORT[,...], or a named connection of the configuration", Required = true };

    public static Option<string[]> Kafka() => new("--kafka") { Description = "KEY=VALUE: a librdkafka client property; may be repeated; none where left out", DefaultValueFactory = _ => [] };

    public static Option<FileInfo?> CommandConfig() => new("--command-config") { Description = "A file of librdkafka client properties, KEY=VALUE a line; none where left out" };

    public static Option<string> State() => new("--state")
    {
        Description = "The folder that keeps the histories of orchestrations",
        DefaultValueFactory = _ => ".kafka-backup",
        CustomParser = result =>
        {
            if (result.Tokens[0].Value is var folder && StateSettings.IsAzure(folder))
                result.AddError($"--state takes a folder here; what is kept in '{folder}' is done by its hosts: send the command to one of them with --host");
            return folder;
        },
    };

    public static Option<string> StateToRead() =>
        new("--state") { Description = "The folder that keeps the histories of orchestrations, or azure:NAME; where left out, the configuration's if that is in Azure Storage", DefaultValueFactory = _ => ".kafka-backup" };

    public static Option<Uri?> Host() => new("--host")
    {
        Description = "A running service that does it, such as http://127.0.0.1:7071; clusters and repositories are then its named connections; in this process where left out",
        CustomParser = result => Read(result, "http://HOST:PORT", text =>
            Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) ? uri : null),
    };

    public static Option<FileInfo?> Config() => new("--config") { Description = "A JSON configuration file, read after local.settings.json, appsettings.json and the environment; none where left out" };

    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Log what happens on standard error; only errors by default" };

    public static Option<AclScope> Acls(string description, AclScope otherwise) => new("--acls")
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Read(result, "choice of access control entries: give none, matching or all", AclScope? (text) =>
            text.All(char.IsAsciiLetterLower) && Enum.TryParse<AclScope>(text, ignoreCase: true, out var scope) ? scope : null) ?? otherwise,
    };

    public static Option<long?> Bytes(string name, string description) => new(name) { Description = description, CustomParser = ByteSize.Parse };

    public static Option<long?> BytesOrNone(string name, string description) => new(name) { Description = description, CustomParser = ByteSize.ParseOrZero };

    public static Option<long?> Epoch(string description) => new("--epoch") { Description = description, CustomParser = result => Read(result, EpochForm, EpochNumber) };

    public static Argument<long> EpochArgument() => new("epoch") { Description = "Its number", CustomParser = result => Read(result, EpochForm, EpochNumber) ?? 0 };

    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Read(result, "time such as 2026-01-31T12:00:00Z", DateTimeOffset? (text) =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null),
    };

    public static Option<TimeSpan?> Age(string name, string description) => new(name) { Description = description, CustomParser = result => Read(result, Ages.Form, Ages.Parse) };

    /// <summary>A time, or how long ago it was.</summary>
    public static Option<DateTimeOffset?> Since(string description) => new("--since")
    {
        Description = description,
        CustomParser = result => Read(result, $"time such as 2026-01-31T12:00:00Z, and no {Ages.Form}", DateTimeOffset? (text) =>
            Ages.Parse(text) is { } age ? TimeProvider.System.GetUtcNow() - age
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null),
    };

    public static Option<int?> Top(string description) => new("--top")
    {
        Description = description,
        CustomParser = result => Read(result, "number of instances, 1 at least", int? (text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null),
    };

    public static Option<IReadOnlyList<OrchestrationRuntimeStatus>> Statuses(string description, IReadOnlyList<OrchestrationRuntimeStatus> allowed) => new("--status")
    {
        Description = description,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            var statuses = InstanceStatuses.Parse(result.Tokens.Select(token => token.Value), allowed, out var fault);
            if (fault is not null)
                result.AddError(fault);
            return statuses;
        },
    };

    /// <summary>How many of something are kept: 1 at least.</summary>
    public static Option<int?> Count(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Read(result, $"number for {name}: give 1 or more", int? (text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null),
    };

    private static long? EpochNumber(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static T? Read<T>(ArgumentResult result, string form, Func<string, T?> read)
    {
        var text = result.Tokens[0].Value;
        if (read(text) is { } value)
            return value;
        result.AddError($"'{text}' is no {form}");
        return default;
    }

    public static Option<string[]> Selectors(string name, string description) =>
        List(name, description, text => [.. SelectorList.Split(text)], selectors => selectors.ForEach(s => NameSelector.Parse(s)));

    public static Option<string[]> Names(string name, string description) =>
        List(name, description, text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), _ => { });

    public static Option<string[]> Map(string description) =>
        List("--map", description, text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), rules => TopicMapping.Parse(rules));

    private static Option<string[]> List(string name, string description, Func<string, IEnumerable<string>> split, Action<List<string>> check) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            var items = result.Tokens.SelectMany(t => split(t.Value)).ToList();
            try
            {
                check(items);
                if (items.Count == 0)
                    result.AddError($"{name} is empty");
            }
            catch (SelectorFormatException e)
            {
                result.AddError(e.Message);
            }

            return [.. items];
        },
    };

    /// <summary>The settings, whose secrets are told by nobody from here on.</summary>
    /// <param name="file">The file of <c>--config</c>.</param>
    /// <param name="overrides">What stands above the configuration.</param>
    public static HostSettings ReadSettings(FileInfo? file, IReadOnlyDictionary<string, string?>? overrides = null)
    {
        IConfiguration configuration = ReadConfiguration(file);
        if (overrides is not null)
            configuration = new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(overrides).Build();
        var settings = SettingsReader.Read(configuration);
        Terminal.Conceal(SecretSettings.Of(settings));
        return settings;
    }

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
            throw new HostConfigurationException([e.GetBaseException() is var cause && cause != e ? $"{e.Message} {cause.Message}" : e.Message]);
        }
    }
}
