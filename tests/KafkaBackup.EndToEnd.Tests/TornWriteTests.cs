using System.Collections.Concurrent;
using System.Text.Json;
using KafkaBackup.EndToEnd.Tests.Support;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Faults;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests;

/// <summary>
/// A backup whose writing is torn at any of its writes: cut off at a byte and the process killed, carried out and the process killed before it knows, refused from there on,
/// the disk full. Afterwards the epoch is complete or not there, and the same command comes to a sound repository with every record once.
/// </summary>
public sealed class TornWriteTests(AzuritePlaces azurite, CephPlaces ceph)
{
    private const int Records = 1200;
    private const string Cut = "cut at a byte, killed";
    private const string Lost = "carried out, killed";
    private const string Refused = "refused from there on";
    private const string NotReached = "not reached: ";

    [Fact]
    public Task On_Azure_every_write_may_be_torn() => TearAsync("Azure", () => Task.FromResult(azurite.New()));

    [Fact]
    public Task On_radosgw_every_write_may_be_torn() => TearAsync("radosgw", ceph.NewAsync);

    [Fact]
    public async Task A_disk_may_be_full_at_any_write()
    {
        Assert.SkipUnless(SmallDisk.CanBe, "mounting a small disk takes root");
        await using var clusters = await LoadAsync();
        var random = new Random(TestSize.Seed);
        var outcomes = new ConcurrentBag<string>();
        var whole = Path.Combine(clusters.Folder, "whole");
        Settings(clusters.Folder, new ObjectPlace($"file:{whole}", new Dictionary<string, string>(), "", () => 0));
        Assert.Equal(0, (await KafkaBackupCli.RunAsync(clusters.Folder, Command(clusters, $"file:{whole}"))).Exit);
        // A disk gives files whole pages.
        var needed = Directory.GetFiles(whole, "*", SearchOption.AllDirectories).Sum(file => (new FileInfo(file).Length + 4095) / 4096 * 4096) + (16 * 4096);
        for (var round = 0; round < TestSize.Of(1, 60); round++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(clusters.Folder, $"disk{round}")).FullName;
            var place = new ObjectPlace($"file:{folder}/d/r", new Dictionary<string, string>(), "", () => 0);
            await using var disk = await SmallDisk.MountAsync(Path.Combine(folder, "d"), 4096 * (1 + random.NextInt64(needed / 4096)));
            Settings(folder, place);
            var torn = await KafkaBackupCli.RunAsync(folder, Command(clusters, place.Address));
            if (torn.Exit != 0)
                OneLine.Assert(torn, 1, "No space left on device", "free space");
            var state = await StateAsync(folder, place);
            await disk.EnlargeAsync(1 << 30);
            await AgainAsync(clusters, folder, place);
            outcomes.Add($"{(torn.Exit == 0 ? "enough" : "full")}: epoch {state}");
        }

        Print("file", "disk full", outcomes);
    }

    private static async Task TearAsync(string what, Func<Task<ObjectPlace>> newPlace)
    {
        await using var clusters = await LoadAsync();
        var random = new Random(TestSize.Seed);
        var writes = await CountAsync(clusters, await newPlace());
        string[] kinds = [Cut, Lost, Refused];
        foreach (var kind in TestSize.IsNightly ? kinds : [kinds[random.Next(kinds.Length)]])
        {
            var outcomes = new ConcurrentBag<string>();
            var struck = TestSize.IsNightly ? Enumerable.Range(1, writes) : [1 + random.Next(writes)];
            foreach (var at in struck)
            {
                var outcome = await TearAtAsync(at);
                for (var sooner = at / 2; !TestSize.IsNightly && outcome.StartsWith(NotReached, StringComparison.Ordinal) && sooner > 0; sooner /= 2)
                    outcome = await TearAtAsync(sooner);
                outcomes.Add(outcome);
            }

            async Task<string> TearAtAsync(int at) => await TearOnceAsync(clusters, await newPlace(), kind, (_, number) => number == at, random);

            Print(what, $"{kind} at {outcomes.Count} of {writes} writes", outcomes);
            Assert.True(!TestSize.IsNightly || outcomes.Count(outcome => !outcome.StartsWith(NotReached, StringComparison.Ordinal)) >= 10, string.Join(", ", outcomes));
        }

        // The commit itself, which nobody is told of.
        var committed = await TearOnceAsync(clusters, await newPlace(), Lost, (request, _) => request.Target.Contains("/epochs/", StringComparison.Ordinal), random);
        Print(what, $"{Lost} at the manifest", [committed]);
        Assert.Equal("epoch complete", committed);
    }

    private static async Task<string> TearOnceAsync(TwoClusters clusters, ObjectPlace place, string kind, Func<ProxiedRequest, int, bool> strikes, Random random)
    {
        var folder = Directory.CreateDirectory(Path.Combine(clusters.Folder, Guid.NewGuid().ToString("n")[..8])).FullName;
        var isTorn = await RunTornAsync(clusters, folder, place, kind, strikes, random);
        Settings(folder, place);
        var outcome = $"{(isTorn ? "" : NotReached)}epoch {await StateAsync(folder, place)}";
        await AgainAsync(clusters, folder, place);
        return outcome;
    }

    /// <summary>Runs a backup of which a write is struck, and which gets no further.</summary>
    /// <returns>False if it came to its end before that write: how often it renews its lease depends on how long it takes.</returns>
    private static async Task<bool> RunTornAsync(TwoClusters clusters, string folder, ObjectPlace place, string kind, Func<ProxiedRequest, int, bool> strikes, Random random)
    {
        var writes = 0;
        var torn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = new FaultProxy(place.Port, request =>
        {
            if (torn.Task.IsCompleted)
                return kind == Refused ? new Fault.Answer(403) : new Fault.Silence();
            if (!IsWrite(request) || !strikes(request, Interlocked.Increment(ref writes)))
                return Fault.None;
            torn.TrySetResult();
            return kind switch
            {
                Cut => new Fault.CutRequest(random.NextInt64(request.BodyBytes + 1)),
                Lost => new Fault.LoseAnswer(),
                _ => new Fault.Answer(403),
            };
        });
        Settings(folder, place.With(place.Through(proxy.Port)));
        await using var process = KafkaBackupCli.Start(folder, Command(clusters, place.Address));
        var ended = process.WaitAsync();
        if (kind == Refused || await Task.WhenAny(torn.Task, ended) == ended)
        {
            var result = new CliResult(await ended, process.Output, process.Errors);
            if (torn.Task.IsCompleted)
                OneLine.Assert(result, 2, "access is refused", "");
            else
                Assert.True(result.Exit == 0, result.Errors);
            return torn.Task.IsCompleted;
        }

        // What was carried out has reached the server by then, or never will.
        await Task.Delay(200);
        await process.KillAsync();
        return true;
    }

    private static async Task<int> CountAsync(TwoClusters clusters, ObjectPlace place)
    {
        var writes = 0;
        await using var proxy = new FaultProxy(place.Port, request =>
        {
            if (IsWrite(request))
                Interlocked.Increment(ref writes);
            return Fault.None;
        });
        var folder = Directory.CreateDirectory(Path.Combine(clusters.Folder, "calm")).FullName;
        Settings(folder, place.With(place.Through(proxy.Port)));
        var calm = await KafkaBackupCli.RunAsync(folder, Command(clusters, place.Address));
        Assert.True(calm.Exit == 0, calm.Errors);
        return writes;
    }

    private static bool IsWrite(ProxiedRequest request) => request.Method is "PUT" or "POST" or "DELETE";

    /// <summary>Whether the epoch is there: then it is sound.</summary>
    private static async Task<string> StateAsync(string folder, ObjectPlace place)
    {
        var epochs = await KafkaBackupCli.RunAsync(folder, "epochs", "-r", place.Address, "--json");
        if (epochs.Exit == 2)
        {
            OneLine.Assert(epochs, 2, "this is not a repository", "");
            return "absent";
        }

        Assert.True(epochs.Exit == 0, epochs.Errors);
        using var list = JsonDocument.Parse(epochs.Output);
        if (list.RootElement.GetArrayLength() == 0)
            return "absent";
        await SoundAsync(folder, place);
        return "complete";
    }

    private static async Task AgainAsync(TwoClusters clusters, string folder, ObjectPlace place)
    {
        var again = await KafkaBackupCli.RunAsync(folder, Command(clusters, place.Address));
        Assert.True(again.Exit == 0, again.Errors);
        await SoundAsync(folder, place);
        using var list = JsonDocument.Parse((await KafkaBackupCli.RunAsync(folder, "epochs", "-r", place.Address, "--json")).Output);
        Assert.Equal(Records, list.RootElement.EnumerateArray().Sum(epoch => epoch.GetProperty("records").GetInt64()));
    }

    private static async Task SoundAsync(string folder, ObjectPlace place)
    {
        var verify = await KafkaBackupCli.RunAsync(folder, "verify", "-r", place.Address, "--level", "full");
        Assert.True(verify.Exit == 0, verify.Output + verify.Errors);
    }

    private static void Print(string what, string kind, ConcurrentBag<string> outcomes) => Figures.Print(
        $"{what}: {kind}, seed {TestSize.Seed}: {string.Join(", ", outcomes.GroupBy(o => o).OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Count()} {o.Key}"))}; damage 0");

    /// <summary>A lease of a second: a torn run does not return it.</summary>
    private static void Settings(string folder, ObjectPlace place) => place.With(("LeaseSeconds", "1")).WriteTo(folder);

    private static string[] Command(TwoClusters clusters, string address) => ["backup", "-b", clusters.Source.Address, "-r", address, "--segment-bytes", "64K", "--json"];

    private static async Task<TwoClusters> LoadAsync()
    {
        var clusters = TwoClusters.Start();
        await Topics.CreateAsync(clusters.Source.Address, "orders", 2);
        Topics.Produce(clusters.Source.Address, "orders", 2, 0, Records, 200);
        return clusters;
    }
}
