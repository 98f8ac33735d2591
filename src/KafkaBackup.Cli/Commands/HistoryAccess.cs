using System.CommandLine;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Configuration;
using Microsoft.Extensions.Configuration;

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
        var configuration = CommonOptions.ReadConfiguration(parsed.GetValue(_config));
        if (parsed.GetValue(_host) is { } host)
            return new RemoteHistories(host, SettingsReader.Read(configuration).ApiKey);
        // A state given here stands in the place of the configuration's, and is looked at as closely.
        var overrides = new Dictionary<string, string?> { ["KafkaBackup:State"] = null, ["KafkaBackup:State:Location"] = parsed.GetRequiredValue(_state) };
        return await LocalHistories.OpenAsync(SettingsReader.Read(new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(overrides).Build()), cancellation);
    }
}
