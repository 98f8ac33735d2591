using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Instances;
using KafkaBackup.Host.Secrets;
using KafkaBackup.Repository.Encryption;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Cli.Commands;

/// <summary>What the commands that run an orchestration have in common: against which cluster, where, and how it is shown.</summary>
/// <param name="withCluster">Whether it is run against a cluster at all.</param>
internal sealed class RunOptions(bool withCluster = true)
{
    private readonly Option<string[]> _kafka = CommonOptions.Kafka();
    private readonly Option<FileInfo?> _commandConfig = CommonOptions.CommandConfig();
    private readonly Option<string> _state = CommonOptions.State();
    private readonly Option<Uri?> _host = CommonOptions.Host();
    private readonly Option<FileInfo?> _config = CommonOptions.Config();
    private readonly Option<bool> _verbose = CommonOptions.Verbose();
    private readonly SecretOptions _secret = SecretOptions.OfRepository();

    public Option<string> Cluster { get; } = CommonOptions.BootstrapServer();

    public Option<string> Repository { get; } = CommonOptions.Repository();

    public Option<bool> Json { get; } = CommonOptions.Json();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[.. withCluster ? (Option[])[Cluster, _kafka, _commandConfig] : [], Repository, _state, _host, _config, Json, _verbose])
            command.Options.Add(option);
        _secret.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_host) is not null && _secret.IsGiven(result))
                result.AddError("a secret is not sent to the service that --host names: its configuration says where the repository's is");
        });
    }

    /// <summary>A repository's name as histories keep it: a relative path would mean another place when the command is run elsewhere.</summary>
    public string RepositoryName(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(Repository);
        return name.StartsWith("file:", StringComparison.Ordinal) && name.Length > 5 ? "file:" + Path.GetFullPath(name[5..]) : name;
    }

    /// <summary>Runs the orchestration to its end, and shows how far it has come.</summary>
    public async Task<InstanceView> RunAsync(ParseResult parsed, string kind, object request, CancellationToken cancellation)
    {
        await using var orchestrations = await OpenAsync(parsed, cancellation);
        return await new ProgressDisplay(parsed.GetValue(Json), TimeProvider.System)
            .RunAsync(show => orchestrations.RunAsync(kind, request, show, cancellation));
    }

    private async Task<IOrchestrations> OpenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var settings = CommonOptions.ReadSettings(parsed.GetValue(_config));
        if (parsed.GetValue(_host) is { } host)
            return new RemoteOrchestrations(host, settings.ApiKey);
        settings.State = new StateSettings { Location = parsed.GetRequiredValue(_state) };
        if (withCluster)
            ClusterProperties.AddTo(settings, parsed.GetRequiredValue(Cluster), parsed.GetValue(_commandConfig), parsed.GetValue(_kafka)!);
        Terminal.Conceal(SecretSettings.Of(settings));
        var secret = _secret.GivenOrAsked(parsed);
        await CheckConnectionsAsync(settings, secret, parsed, cancellation);
        return await LocalOrchestrations.StartAsync(settings, secret, parsed.GetValue(_verbose), cancellation);
    }

    /// <summary>What names no connection, or opens no repository, is wrong usage, and no orchestration that fails.</summary>
    private async Task CheckConnectionsAsync(HostSettings settings, ISecretSource? secret, ParseResult parsed, CancellationToken cancellation)
    {
        await using var connections = KafkaBackupServices.Connect(settings, TimeProvider.System, NullLoggerFactory.Instance, secret);
        if (withCluster)
            connections.Cluster(parsed.GetRequiredValue(Cluster));
        var store = connections.Repository(RepositoryName(parsed));
        if (store is ProtectedObjectStore secured)
            await secured.OpenKeysAsync(cancellation);
        else
            await store.GetLengthAsync("repository.json", cancellation);
    }

    /// <summary>The exit code of an orchestration that came to its end.</summary>
    public static int ExitOf(IReadOnlyCollection<string> warnings) => (int)(warnings.Count == 0 ? ExitCode.Done : ExitCode.DoneWithWarnings);
}
