using System.CommandLine;
using KafkaBackup.Host;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Repository.Epochs;
using KafkaBackup.Repository.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaBackup.Cli.Commands;

/// <summary>The options of commands that read a repository, without any cluster.</summary>
internal sealed class RepositoryAccess
{
    private readonly Option<string> _repository = CommonOptions.Repository();
    private readonly Option<FileInfo?> _config = CommonOptions.Config();

    public void AddTo(Command command)
    {
        command.Options.Add(_repository);
        command.Options.Add(_config);
    }

    public IObjectStore Store(ParseResult parsed)
    {
        var settings = SettingsReader.Read(CommonOptions.ReadConfiguration(parsed.GetValue(_config)));
        return KafkaBackupServices.Connect(settings, TimeProvider.System, NullLoggerFactory.Instance).Repository(parsed.GetRequiredValue(_repository));
    }

    public Task<BackupRepository> OpenAsync(ParseResult parsed, CancellationToken cancellation) => BackupRepository.OpenAsync(Store(parsed), cancellation);
}
