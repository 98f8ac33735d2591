using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KafkaBackup.Testing;
using KafkaBackup.Testing.Processes;
using Xunit;

namespace KafkaBackup.EndToEnd.Tests.Support;

/// <summary>One source, backed up twice to a folder and to every object store that is here, each at the same states of the source; and what the command line then says of each.</summary>
public sealed class FilledPlaces(AzuritePlaces azurite, CephPlaces ceph, SwiftPlaces swift) : IAsyncLifetime
{
    public const string Folder = "folder";
    public const string Azure = "Azurite";
    public const string Ceph = "radosgw";
    public const string Swift = "Swift";

    /// <summary>The object stores of this run: each takes some forty starts of the command line, so a sample has one of them.</summary>
    public static TheoryData<string> Stores { get; } = TestSize.IsNightly ? [Azure, Ceph, Swift] : [((string[])[Azure, Ceph, Swift])[(uint)TestSize.Seed % 3]];

    /// <summary>Members of reports that are of a run, and not of what is there: times, ids, places, sizes of what holds those.</summary>
    private static readonly HashSet<string> OfRuns = new(StringComparer.Ordinal)
    {
        "sealedAt", "startedAt", "cutAt", "instance", "host", "generation", "restoreId", "folder", "manifestBytes", "program", "id", "created",
    };

    private readonly Dictionary<string, (string Address, string Work)> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> sayings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<IReadOnlyDictionary<string, string>>> told = new(StringComparer.Ordinal);

    internal TwoClusters Clusters { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Clusters = TwoClusters.Start();
        await Topics.CreateAsync(Clusters.Source.Address, "orders", 3);
        await Topics.CreateAsync(Clusters.Source.Address, "users", 1);
        Topics.Produce(Clusters.Source.Address, "orders", 3, 0, 900, 100);
        Topics.Produce(Clusters.Source.Address, "users", 1, 0, 50);
        Add(Folder, new ObjectPlace($"file:{Clusters.Repository}", new Dictionary<string, string>(), "", () => 0));
        if (IsChosen(Azure) && AzuriteProcess.IsHere)
            Add(Azure, azurite.New());
        if (IsChosen(Ceph) && ceph.Missing is null)
            Add(Ceph, await ceph.NewAsync());
        if (IsChosen(Swift) && swift.Missing is null)
            Add(Swift, await swift.NewAsync());
        await Task.WhenAll(places.Keys.Select(async name =>
        {
            Tell(name, "init", await RunAsync(name, "init"));
            Tell(name, "first backup", await BackUpAsync(name));
        }));
        Topics.Produce(Clusters.Source.Address, "orders", 3, 900, 1500, 100);
        await Task.WhenAll(places.Keys.Select(async name => Tell(name, "second backup", await BackUpAsync(name))));
    }

    public ValueTask DisposeAsync() => Clusters.DisposeAsync();

    /// <summary>What each command says of a place, but for what is of a run; the same whenever it is asked for. Skips the test if the store is not here.</summary>
    internal Task<IReadOnlyDictionary<string, string>> ToldAsync(string name)
    {
        Assert.SkipUnless(places.ContainsKey(name), $"{name} is not here");
        if (!told.TryGetValue(name, out var saying))
            told[name] = saying = AskAsync(name);
        return saying;
    }

    private static bool IsChosen(string name) => Stores.Any(store => store.Data == name);

    /// <summary>A topic's name at the target, restored from a place.</summary>
    internal static string At(string name, string topic) => $"{name}-{topic}";

    private async Task<IReadOnlyDictionary<string, string>> AskAsync(string name)
    {
        (string What, string[] Command)[] readings =
        [
            ("epochs", ["epochs", "--json"]), ("epoch", ["epoch", "2", "--json"]), ("cat", ["cat", "orders", "--json"]), ("export", ["export", "--to", "exported", "--json"]),
            ("verify", ["verify", "--level", "full", "--json"]), ("verify a part", ["verify", "--level", "full", "--topics", "orders", "--subset", "50%", "--subset-ordinal", "1", "--json"]),
        ];
        await Task.WhenAll(readings.Select(async reading => Tell(name, reading.What, await RunAsync(name, reading.Command))));
        var exported = Path.Combine(places[name].Work, "exported");
        Say(name, "exported", string.Join('\n', Directory.GetFiles(exported, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(exported, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}")));
        Tell(name, "restore", await RunAsync(name, ["restore", "-b", Clusters.Target.Address, "--map", $"*={At(name, "*")}", "--json"]));
        Tell(name, "prune", await RunAsync(name, ["prune", "--keep-last", "1", "--json"]));
        Tell(name, "verify after prune", await RunAsync(name, ["verify", "--level", "full", "--json"]));
        return sayings[name];
    }

    private Task<CliResult> BackUpAsync(string name) => RunAsync(name, "backup", "-b", Clusters.Source.Address, "--segment-bytes", "32K", "--packed-segment-bytes", "16K", "--json");

    private Task<CliResult> RunAsync(string name, params string[] command) => KafkaBackupCli.RunAsync(places[name].Work, [.. command, "-r", places[name].Address]);

    private void Add(string name, ObjectPlace place)
    {
        var work = Directory.CreateDirectory(Path.Combine(Clusters.Folder, $"work-{name}")).FullName;
        place.WriteTo(work);
        places[name] = (place.Address, work);
    }

    /// <summary>Progress is told where it takes its time: that is of the machine.</summary>
    private void Tell(string name, string what, CliResult result) =>
        Say(name, what, $"exit {result.Exit} {string.Join(' ', result.Errors.Split('\n').Where(line => !line.StartsWith("verifying ", StringComparison.Ordinal)))}\n{string.Join('\n', result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Plain(name, line)))}");

    private void Say(string name, string what, string text)
    {
        lock (sayings)
            (sayings.TryGetValue(name, out var all) ? all : sayings[name] = new Dictionary<string, string>(StringComparer.Ordinal))[what] = text;
    }

    private static string Plain(string name, string line)
    {
        if (line[0] is not ('{' or '['))
            return line.StartsWith("made repository", StringComparison.Ordinal) ? "made repository" : line;
        var json = JsonNode.Parse(line)!;
        Strip(json);
        return json.ToJsonString().Replace($"{name}-", "", StringComparison.Ordinal);
    }

    private static void Strip(JsonNode? node)
    {
        if (node is JsonObject holder)
        {
            foreach (var member in holder.Where(member => OfRuns.Contains(member.Key)).ToList())
                holder.Remove(member.Key);
            foreach (var (_, value) in holder)
                Strip(value);
        }
        else if (node is JsonArray array)
        {
            foreach (var item in array)
                Strip(item);
        }
    }
}
