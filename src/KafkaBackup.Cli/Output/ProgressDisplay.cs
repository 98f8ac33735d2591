using System.Text.Json;
using KafkaBackup.Host.Instances;
using KafkaBackup.Workflows.Progress;
using Spectre.Console;

namespace KafkaBackup.Cli.Output;

/// <summary>Shows how far an orchestration has come: a bar on a terminal, a line now and then elsewhere, nothing beside JSON.</summary>
internal sealed class ProgressDisplay(bool silent, TimeProvider time)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, TransferState> _states = [];
    private readonly long _start = time.GetTimestamp();
    private string? _phase;
    private TimeSpan _nextLine = LineEvery;

    /// <summary>Runs something that tells of its progress.</summary>
    public async Task<T> RunAsync<T>(Func<Action<InstanceView>, Task<T>> run)
    {
        if (silent)
            return await run(_ => { });
        if (Console.IsErrorRedirected || !AnsiConsole.Profile.Capabilities.Ansi)
            return await run(PrintLine);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("starting");
                return await run(view =>
                {
                    Take(view);
                    var (done, total) = Sums();
                    bar.Description = Markup.Escape(total > 0 ? $"{_phase}: {Sizes.Count(done)} of {Sizes.Count(total)}, {Rate()}{Throttled()}" : _phase ?? "");
                    bar.IsIndeterminate = total == 0;
                    bar.MaxValue = Math.Max(1, total);
                    bar.Value = done;
                });
            });
    }

    private void PrintLine(InstanceView view)
    {
        Take(view);
        var now = time.GetElapsedTime(_start);
        if (now < _nextLine)
            return;
        _nextLine = now + LineEvery;
        var (done, total) = Sums();
        Console.Error.WriteLine(total > 0 && done < total ? $"{_phase}: {Sizes.Count(done)} of {Sizes.Count(total)} ({100 * done / total} %), {Rate()}{Throttled()}" : _phase);
    }

    private void Take(InstanceView view)
    {
        _phase = view.CustomStatus is { ValueKind: JsonValueKind.String } status ? status.GetString() : view.RuntimeStatus;
        foreach (var progress in view.Progress ?? [])
        {
            if (progress.State?.Deserialize<TransferState>(JsonSerializerOptions.Web) is { } state)
                _states[$"{progress.Activity}{progress.Index}"] = state;
        }
    }

    private (long Done, long Total) Sums() => (_states.Values.Sum(s => s.Done), _states.Values.Sum(s => s.Total));

    private string Throttled() => _states.Values.Select(s => s.Throttling).OfType<Throttling>().MaxBy(t => t.Seconds) is { } longest ? $", {QuotaLines.Of(longest)} so far" : "";

    private string Rate() => $"{Sizes.Bytes((long)(_states.Values.Sum(s => s.Bytes) / Math.Max(0.001, time.GetElapsedTime(_start).TotalSeconds)))}/s";
}
