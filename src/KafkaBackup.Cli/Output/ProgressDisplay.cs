using System.Text.Json;
using KafkaBackup.Host.Instances;
using KafkaBackup.Workflows.Progress;

namespace KafkaBackup.Cli.Output;

/// <summary>Shows how far an orchestration has come: a bar on a terminal, a line now and then elsewhere, nothing beside JSON.</summary>
internal sealed class ProgressDisplay(bool silent, TimeProvider time)
{
    private readonly Dictionary<string, TransferState> _states = [];

    /// <summary>Runs something that tells of its progress.</summary>
    public async Task<T> RunAsync<T>(Func<Action<InstanceView>, Task<T>> run) =>
        silent ? await run(_ => { }) : await ProgressScreen.OnError(time).RunAsync(show => run(view => show(Take(view))));

    private Reached Take(InstanceView view)
    {
        foreach (var progress in view.Progress ?? [])
        {
            if (progress.State?.Deserialize<TransferState>(JsonSerializerOptions.Web) is { } state)
                _states[$"{progress.Activity}{progress.Index}"] = state;
        }

        var phase = view.CustomStatus is { ValueKind: JsonValueKind.String } status ? status.GetString() : view.RuntimeStatus;
        return new Reached(phase, _states.Values.Sum(s => s.Done), _states.Values.Sum(s => s.Total), Sizes.Count, _states.Values.Sum(s => s.Bytes))
        {
            Note = _states.Values.Select(s => s.Throttling).OfType<Throttling>().MaxBy(t => t.Seconds) is { } longest ? $"{QuotaLines.Of(longest)} so far" : null,
        };
    }
}
