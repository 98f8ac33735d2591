using System.Text.Json;

namespace KafkaBackup.Testing;

/// <summary>A partition's log folder, written by a real Apache Kafka broker, with what that broker's own tools say of it.</summary>
public sealed class FixtureLog(string name)
{
    private static readonly string Folder = ProjectTree.PathOf("tests", "KafkaBackup.Testing", "Fixtures", "log");

    /// <summary>Every fixture of magic 2.</summary>
    public static IReadOnlyList<FixtureLog> MagicTwo { get; } = All().Where(log => !log.Name.StartsWith("fx-v", StringComparison.Ordinal)).ToList();

    /// <summary>Every fixture that holds messages of magic 0 or 1.</summary>
    public static IReadOnlyList<FixtureLog> Old { get; } = All().Where(log => log.Name.StartsWith("fx-v", StringComparison.Ordinal)).ToList();

    /// <summary>The topic and the partition, as the folder is named.</summary>
    public string Name { get; } = name;

    public string Topic => Name[..Name.LastIndexOf('-')];

    public int Partition => int.Parse(Name[(Name.LastIndexOf('-') + 1)..]);

    /// <summary>The folder of the broker's own files.</summary>
    public string Path => System.IO.Path.Combine(Folder, Name);

    /// <summary>The segments, in offset order.</summary>
    public IReadOnlyList<string> LogFiles => [.. Directory.GetFiles(Path, "*.log").Order(StringComparer.Ordinal)];

    /// <summary>Log start, high watermark and last stable offset, as the broker told them.</summary>
    public JsonElement Offsets =>
        Lines(System.IO.Path.Combine(Folder, "offsets.jsonl"))
            .Single(line => line.GetProperty("topic").GetString() == Topic && line.GetProperty("partition").GetInt32() == Partition);

    public static FixtureLog Of(string name) => new(name);

    public static IEnumerable<FixtureLog> All() =>
        Directory.GetDirectories(Folder).Select(path => new FixtureLog(System.IO.Path.GetFileName(path))).OrderBy(log => log.Name, StringComparer.Ordinal);

    /// <summary>One of the listings: records, committed, batches or indexes; empty if there is none.</summary>
    public IReadOnlyList<JsonElement> Listing(string kind)
    {
        var path = System.IO.Path.Combine(Folder, $"{Name}.{kind}.jsonl");
        return File.Exists(path) ? Lines(path) : [];
    }

    public override string ToString() => Name;

    private static List<JsonElement> Lines(string path) =>
        [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement)];
}
