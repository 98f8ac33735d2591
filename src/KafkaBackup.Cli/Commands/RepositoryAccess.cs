using System.CommandLine;
using KafkaBackup.Host;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Repository.Encryption;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Cli.Commands;

/// <summary>The options of commands that read a repository, without any cluster.</summary>
internal sealed class RepositoryAccess
{
    private readonly Option<string> _repository = CommonOptions.Repository();
    private readonly Option<FileInfo?> _config = CommonOptions.Config();
    private readonly SecretOptions _secret = SecretOptions.OfRepository();

    public void AddTo(Command command)
    {
        command.Options.Add(_repository);
        command.Options.Add(_config);
        _secret.AddTo(command);
    }

    public IObjectStore Store(ParseResult parsed) => Open(Settings(parsed), parsed, _secret.GivenOrAsked(parsed));

    /// <summary>The store of a repository that may have to be made.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="asked">The secret, if the command line and the configuration name none.</param>
    /// <param name="hideTopicNames">Whether it is to hide topics' names, whatever the configuration says.</param>
    public IObjectStore StoreToMake(ParseResult parsed, ISecretSource? asked, bool hideTopicNames)
    {
        var settings = Settings(parsed);
        var name = parsed.GetRequiredValue(_repository);
        if (hideTopicNames && !settings.Repositories.TryAdd(name, new RepositorySettings { Location = name, HideTopicNames = true }))
            settings.Repositories[name].HideTopicNames = true;
        return Open(settings, parsed, _secret.Given(parsed) ?? asked);
    }

    /// <summary>The repository's keys.</summary>
    public RepositoryKeys Keys(ParseResult parsed) => new(Store(parsed), TimeProvider.System);

    /// <summary>The repository's secret.</summary>
    /// <exception cref="RepositoryKeyException">It is not said where it is, or it is not there.</exception>
    public Task<RepositorySecret> SecretAsync(ParseResult parsed, CancellationToken cancellation) =>
        Store(parsed) is ProtectedObjectStore store ? store.ReadSecretAsync(cancellation) : throw RepositoryKeyException.Missing();

    public Task<BackupRepository> OpenAsync(ParseResult parsed, CancellationToken cancellation) => BackupRepository.OpenAsync(Store(parsed), cancellation);

    private HostSettings Settings(ParseResult parsed) => CommonOptions.ReadSettings(parsed.GetValue(_config));

    private IObjectStore Open(HostSettings settings, ParseResult parsed, ISecretSource? secret) =>
        KafkaBackupServices.Connect(settings, TimeProvider.System, NullLoggerFactory.Instance, secret).Repository(parsed.GetRequiredValue(_repository));
}
