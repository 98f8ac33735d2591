using System.CommandLine;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Configuration;

namespace KafkaBackup.Cli.Commands;

/// <summary>The options of commands that look at histories: those under a state folder, or those of a service.</summary>
internal sealed class HistoryAccess
{
    private readonly Option<string> _state = CommonOptions.State();
    private readonly Option<Uri?> _host = CommonOptions.Host();
    private readonly Option<FileInfo?> _config = CommonOptions.Config();

    public void AddTo(Command command)
    {
        command.Options.Add(_state);
        command.Options.Add(_host);
        command.Options.Add(_config);
    }

    public async Task<IHistories> OpenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var settings = CommonOptions.ReadSettings(parsed.GetValue(_config));
        return parsed.GetValue(_host) is { } host
            ? new RemoteHistories(host, settings.ApiKey)
            : await LocalHistories.OpenAsync(parsed.GetRequiredValue(_state), cancellation);
    }
}
