using System.Text.Json;
using KafkaBackup.Durable.AzureStorage.Histories;
using KafkaBackup.Durable.Stores;
using KafkaBackup.Durable.Testing;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.Durable.AzureStorage.Tests.Cluster;

/// <summary>Hosts as processes of their own on one state, and a look at what they do.</summary>
/// <param name="state">The state.</param>
internal sealed class TestCluster(AzureStateOptions state) : IAsyncDisposable
{
    private readonly TestFolder folder = new();
    private readonly Dictionary<string, ToolProcess> hosts = [];
    private readonly List<(string Instance, string Activity, DateTime Before)> committed = [];
    private int started;

    public IReadOnlyCollection<string> Hosts => hosts.Keys;

    public AzureHistoryStore Store { get; } = new(new(state));

    public IReadOnlyList<Deed> Deeds => Cluster.Deeds.Read(folder.Path);

    /// <summary>Starts a host; done once it works.</summary>
    /// <param name="starts">Instances that it starts.</param>
    /// <param name="cluster">Hosts with the same one see each other.</param>
    public string StartHost(string[]? starts = null, string cluster = "test")
    {
        var name = $"host{++started}";
        var settings = new ProbeSettings(name, folder.Path, state.Name, state.ConnectionString!, cluster, starts ?? []);
        var process = ToolProcess.Start(Environment.ProcessPath!, [], environment: new Dictionary<string, string> { [ProbeSettings.Variable] = settings.ToString() });
        hosts.Add(name, process);
        process.WaitForLine(HostProbe.Ready);
        return name;
    }

    /// <summary>Which host holds an instance.</summary>
    public string HolderOf(string instance) => Deeds.Last(deed => deed.Kind == DeedKind.Commit && deed.Instance == instance).Host;

    /// <summary>kill -9.</summary>
    /// <returns>When.</returns>
    public async Task<DateTime> KillAsync(string host)
    {
        await hosts[host].KillAsync();
        var at = DateTime.UtcNow;
        await RememberAsync();
        await RemoveAsync(host);
        return at;
    }

    /// <summary>SIGTERM, and its end.</summary>
    /// <returns>When it was sent.</returns>
    public async Task<DateTime> TerminateAsync(string host)
    {
        var at = DateTime.UtcNow;
        Assert.Equal(0, await hosts[host].TerminateAsync());
        await RemoveAsync(host);
        return at;
    }

    /// <summary>SIGSTOP: it does nothing, and nobody hears of it.</summary>
    /// <returns>When.</returns>
    public DateTime Freeze(string host) => Signal(host, "STOP");

    /// <summary>SIGCONT.</summary>
    public DateTime Thaw(string host) => Signal(host, "CONT");

    public string OutputOf(string host) => hosts[host].Output + hosts[host].Errors;

    public bool HasEnded(string host) => hosts[host].HasExited;

    /// <summary>Notes what is committed: none of it may begin again.</summary>
    public async Task RememberAsync()
    {
        foreach (var row in (await Store.ListAsync(new(PageSize: 100), default)).Values)
        {
            var history = (await Store.LoadAsync(row.Id, default))!.History;
            var at = DateTime.UtcNow;
            var calls = history.Where(each => each.Type == HistoryEventType.TaskScheduled).ToDictionary(each => each.TaskId);
            committed.AddRange(history.Where(each => each.Type == HistoryEventType.TaskCompleted && each.Name == "Step").Select(each => (row.Id, calls[each.TaskId].Input!, at)));
        }
    }

    /// <summary>How long after a moment another host went on with an instance.</summary>
    public async Task<TimeSpan> ResumedAsync(string instance, DateTime after, string dead)
    {
        Deed? Next() => Deeds.FirstOrDefault(deed => deed.Kind == DeedKind.Commit && deed.Instance == instance && deed.At > after && deed.Host != dead);
        return (await Until.NotNull(() => Task.FromResult(Next()), $"{instance} goes on after {dead}: {Errors}")).At - after;
    }

    /// <summary>Lets instances come to their end, and proves that nothing was lost and nothing that was committed ran again.</summary>
    public async Task VerifyAsync(params string[] instances)
    {
        Workload.End(folder.Path);
        foreach (var instance in instances)
        {
            var row = await Until.NotNull(async () => await Store.FindAsync(instance, default) is { IsLive: false } ended ? ended : null, $"{instance} ends: {Errors}");
            Assert.Equal(OrchestrationRuntimeStatus.Completed, row.Status);
            var progress = JsonSerializer.Deserialize<Workload.Progress>(row.Output!, JsonSerializerOptions.Web)!;
            Assert.Equal(Workload.TotalOf(progress.Rounds), progress.Total);
            var attempts = Deeds.Where(deed => deed.Kind == DeedKind.Attempt && deed.Instance == instance).ToList();
            Assert.Equal(Workload.ActivitiesOf(progress.Rounds).Order(), attempts.Select(attempt => attempt.Detail).Distinct().Order());
            var again = committed.Where(done => done.Instance == instance).Where(done => attempts.Any(attempt => attempt.Detail == done.Activity && attempt.At > done.Before));
            Assert.Empty(again);
            Figures.Print($"{instance}: {progress.Rounds} rounds, {attempts.Count} attempts at {attempts.Select(attempt => attempt.Detail).Distinct().Count()} activities, {committed.Count} completions looked at");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts.Values)
            await host.DisposeAsync();
        folder.Dispose();
    }

    private string Errors => string.Join('\n', hosts.Select(host => $"{host.Key}: {host.Value.Output}{host.Value.Errors}"));

    private DateTime Signal(string host, string signal)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{hosts[host].Id}"]);
        kill.WaitForExit();
        return DateTime.UtcNow;
    }

    private async Task RemoveAsync(string host)
    {
        await hosts[host].DisposeAsync();
        hosts.Remove(host);
    }
}
