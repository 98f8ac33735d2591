using System.CommandLine;
using KafkaBackup.Host;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Cli.Commands;

/// <summary><c>host</c>: runs the service.</summary>
internal static class HostCommand
{
    public static Command Create()
    {
        var listen = new Option<string?>("--listen") { Description = "Where HTTP is served, such as http://127.0.0.1:7071; port 0 takes a free one" };
        var state = new Option<string?>("--state") { Description = "The folder that keeps the histories of orchestrations" };
        var config = CommonOptions.Config();
        var command = new Command("host", "Run the service: HTTP triggers, timer-triggered plans, and the orchestrations behind them") { listen, state, config };
        command.SetAction(async (parsed, cancellation) =>
        {
            var overrides = new Dictionary<string, string?>();
            if (parsed.GetValue(listen) is { } url)
                overrides["KafkaBackup:Listen"] = url;
            if (parsed.GetValue(state) is { } folder)
                overrides["KafkaBackup:State"] = folder;
            var configuration = new ConfigurationBuilder().AddConfiguration(CommonOptions.ReadConfiguration(parsed.GetValue(config))).AddInMemoryCollection(overrides).Build();
            await using var app = HostApplication.Build(configuration);
            await app.StartAsync(cancellation);
            Console.Out.WriteLine($"kafka-backup host listens on {string.Join(", ", app.Urls)}");
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }
            catch (OperationCanceledException)
            {
                app.Logger.LogInformation("stopping");
            }

            await app.StopAsync(CancellationToken.None);
            return 0;
        });
        return command;
    }
}
