using System.CommandLine;
using KafkaBackup.Cli.Output;
using KafkaBackup.Host;
using KafkaBackup.Host.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>host</c>: runs the service.</summary>
internal static class HostCommand
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var listen = new Option<string?>("--listen") { Description = "Where HTTP is served; port 0 takes a free one; the default is the configuration's, else http://127.0.0.1:7071" };
        var state = new Option<string?>("--state") { Description = "The folder that keeps the histories of orchestrations, or azure:NAME, which several hosts share; the default is the configuration's, else .kafka-backup" };
        var config = CommonOptions.Config();
        var command = new Command("host", "Run the service: HTTP triggers, timer-triggered plans, and the orchestrations behind them") { listen, state, config };
        command.SetAction(async (parsed, cancellation) =>
        {
            var overrides = new Dictionary<string, string?>();
            if (parsed.GetValue(listen) is { } url)
                overrides["KafkaBackup:Listen"] = url;
            if (parsed.GetValue(state) is { } folder)
                (overrides["KafkaBackup:State"], overrides["KafkaBackup:State:Location"]) = (null, folder);
            var configuration = new ConfigurationBuilder().AddConfiguration(CommonOptions.ReadConfiguration(parsed.GetValue(config))).AddInMemoryCollection(overrides).Build();
            var app = await HostApplication.StartAsync(configuration, cancellation);
            Console.Out.WriteLine($"kafka-backup host listens on {string.Join(", ", app.Urls)}");
            // It may stop of itself as well, when one of its parts has failed for good.
            await StoppedAsync(app, cancellation);
            return cancellation.IsCancellationRequested ? 0 : Terminal.Fail(ExitCode.Failed, "the service has stopped by itself; its log tells why");
        });
        return command;
    }

    /// <summary>
    /// Waits for the end, and once it has begun, for so long. Nothing is lost if it is cut short: what counts is committed, and a state that does not answer would only be
    /// told that this host is gone.
    /// </summary>
    private static async Task StoppedAsync(WebApplication app, CancellationToken cancellation)
    {
        var end = EndAsync();
        await Task.WhenAny(end, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, app.Lifetime.ApplicationStopping));
        try
        {
            await end.WaitAsync(StopLimit, TimeProvider.System, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            await Console.Error.WriteLineAsync("the stop was cut short: the state can't be told of it");
        }

        async Task EndAsync()
        {
            await app.WaitForShutdownAsync(cancellation);
            await app.DisposeAsync();
        }
    }
}
