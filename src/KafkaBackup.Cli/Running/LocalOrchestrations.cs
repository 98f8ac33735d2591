using KafkaBackup.Durable;
using KafkaBackup.Host;
using KafkaBackup.Host.Configuration;
using KafkaBackup.Host.Errors;
using KafkaBackup.Host.Instances;
using KafkaBackup.Repository.Encryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace KafkaBackup.Cli.Running;

/// <summary>Runs orchestrations in this process, on the histories under the state folder: a command run again after a crash goes on.</summary>
internal sealed class LocalOrchestrations : IOrchestrations
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private readonly IHost _host;

    private LocalOrchestrations(IHost host) => _host = host;

    public static async Task<LocalOrchestrations> StartAsync(HostSettings settings, ISecretSource? secret, bool verbose, CancellationToken cancellation)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(verbose ? LogLevel.Information : LogLevel.Error);
        // What keeps the host from starting comes back as an exception, and is told once.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        // A parked instance is told of as this command's own error.
        if (!verbose)
            builder.Logging.AddFilter("KafkaBackup.Durable.Runtime.OrchestrationGrain", LogLevel.None);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddKafkaBackup(settings, secret);
        if (!verbose)
            builder.Logging.SilenceEngine();
        var host = builder.Build();
        await host.StartOrDisposeAsync(cancellation);
        return new LocalOrchestrations(host);
    }

    public async Task<InstanceView> RunAsync(string kind, object request, Action<InstanceView> progress, CancellationToken cancellation)
    {
        var client = _host.Services.GetRequiredService<DurableTaskClient>();
        var orchestrator = Kinds.OrchestratorOf(kind);
        var id = await _host.Services.GetRequiredService<InstanceStarter>().StartAsync(orchestrator, request, Requester.Here, cancellation);
        // Nobody else can resume it while this process has the state: waiting would never end.
        if (await client.GetInstanceAsync(id, false, cancellation) is { RuntimeStatus: OrchestrationRuntimeStatus.Suspended } suspended)
            throw Stuck(suspended, ExitCode.Refused, "it is suspended", ", then run this command again");
        var ended = client.WaitForInstanceCompletionAsync(id, true, cancellation);
        while (await Task.WhenAny(ended, Task.Delay(PollInterval, TimeProvider.System, cancellation)) != ended)
        {
            cancellation.ThrowIfCancellationRequested();
            if (await client.GetInstanceAsync(id, true, cancellation) is { } instance)
                progress(InstanceView.Of(instance, await client.GetProgressAsync(id, cancellation)));
        }

        var last = await ended;
        if (!last.IsParked)
            await _host.Services.GetRequiredService<HistoryRetention>().ClearAsync(cancellation);
        if (last.IsParked)
            throw Stuck(last, ExitCode.Failed, $"it is parked: {last.FailureDetails?.ErrorMessage.TrimEnd('.')}");
        if (last.FailureDetails is { } failure)
            throw new OrchestrationFailedException(id, ErrorTable.Of(failure));
        return last.RuntimeStatus == OrchestrationRuntimeStatus.Terminated
            ? throw new OrchestrationFailedException(id, new ErrorReport(ExitCode.Failed, 500, "Terminated", "it was terminated"))
            : InstanceView.Of(last, []);
    }

    private static OrchestrationFailedException Stuck(OrchestrationMetadata instance, ExitCode exit, string how, string then = "") =>
        new(instance.InstanceId, new ErrorReport(exit, 409, "It does not go on", $"{how}; {InstanceView.Of(instance, []).Remedy}{then}"));

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
