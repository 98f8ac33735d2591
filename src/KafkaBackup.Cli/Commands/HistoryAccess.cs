using System.CommandLine;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Configuration;

namespace KafkaBackup.Cli.Commands;

/// <summary>The options of commands that look at histories: those under a state folder, or those of a service.</summary>
internal sealed class HistoryAccess
{
    private readonly Option<string> _state = CommonOptions.StateToRead();
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
        var state = parsed.GetRequiredValue(_state);
        var isAzure = StateSettings.IsAzure(state);
        // A state in Azure Storage that is given stands in the place of the configuration's, and is looked at as closely.
        var settings = CommonOptions.ReadSettings(parsed.GetValue(_config), isAzure ? new Dictionary<string, string?> { ["KafkaBackup:State"] = null, ["KafkaBackup:State:Location"] = state } : null);
        if (parsed.GetValue(_host) is { } host)
            return new RemoteHistories(host, settings.ApiKey);
        var isGiven = parsed.GetResult(_state) is { Implicit: false };
        if (!isAzure && (isGiven || !StateSettings.IsAzure(settings.State.Location)))
            settings.State = new StateSettings { Location = state };
        return await LocalHistories.OpenAsync(settings, cancellation);
    }
}
