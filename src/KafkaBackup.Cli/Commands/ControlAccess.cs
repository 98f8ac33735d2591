using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Cli.Running;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Instances;

namespace KafkaBackup.Cli.Commands;

/// <summary>The options of commands that steer orchestrations: those under a state folder, or those of a service.</summary>
internal sealed class ControlAccess
{
    private readonly Option<string> _state = CommonOptions.State();
    private readonly Option<Uri?> _host = CommonOptions.Host();
    private readonly Option<FileInfo?> _config = CommonOptions.Config();

    public Option<bool> Json { get; } = CommonOptions.Json();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_state, _host, _config, Json])
            command.Options.Add(option);
    }

    public Task<ControlSession> OpenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var settings = CommonOptions.ReadSettings(parsed.GetValue(_config));
        if (parsed.GetValue(_host) is { } host)
            return Task.FromResult(ControlSession.Of(host, settings.ApiKey));
        settings.State = new StateSettings { Location = parsed.GetRequiredValue(_state) };
        return ControlSession.OpenAsync(settings, cancellation);
    }

    /// <summary>Steers one orchestration and says how it stands then.</summary>
    public async Task<int> SteerAsync(ParseResult parsed, Func<IInstanceControl, Task<InstanceView>> steer, CancellationToken cancellation)
    {
        await using var session = await OpenAsync(parsed, cancellation);
        Terminal.Print(await steer(session.Control), parsed.GetValue(Json), Tell);
        return 0;
    }

    public static Argument<string> Id() => new("id") { Description = "The instance, as 'kafka-backup instances' lists it" };

    public static Option<string?> Reason() => new("--reason") { Description = "Why, for the audit trail; none where left out" };

    private static void Tell(InstanceView instance) => Console.Out.WriteLine($"{instance.InstanceId}: {instance.Name}, {instance.RuntimeStatus}");
}
