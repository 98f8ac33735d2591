using System.Text.Json;

namespace KafkaBackup.Testing;

/// <summary>
/// The golden fixtures: log folders that real brokers wrote, and frames that real clients and a broker exchanged.
/// They lie in the sources.
/// </summary>
public static class Fixtures
{
    /// <summary>The folder with `log` and `wire`.</summary>
    public static string Folder => ProjectTree.PathOf("tests", "KafkaBackup.Testing", "Fixtures");

    /// <summary>The folder with one folder per partition, named as a broker names them.</summary>
    public static string Logs => Path.Combine(Folder, "log");

    /// <summary>The transcripts, a file per API.</summary>
    public static IReadOnlyList<string> WireFiles => [.. Directory.GetFiles(Path.Combine(Folder, "wire"), "*.jsonl").Order(StringComparer.Ordinal)];

    /// <summary>The exchanges of one transcript.</summary>
    public static IEnumerable<WireExchange> Exchanges(string file) => File.ReadLines(file).Select(WireExchange.Parse);

    /// <summary>What the broker said about every partition just before its files were copied.</summary>
    public static IReadOnlyList<FixtureOffsets> Offsets() => [.. File.ReadLines(Path.Combine(Logs, "offsets.jsonl")).Select(FixtureOffsets.Parse)];

    /// <summary>The records of a partition as a Confluent.Kafka consumer saw them.</summary>
    /// <param name="partition">For example "fx-none-0".</param>
    /// <param name="committed">Whether read_committed; only some partitions have such a listing.</param>
    public static IReadOnlyList<FixtureRecord> Records(string partition, bool committed = false) =>
        [.. File.ReadLines(Path.Combine(Logs, $"{partition}.{(committed ? "committed" : "records")}.jsonl")).Select(FixtureRecord.Parse)];

    /// <summary>Whether a partition has a listing of its committed records.</summary>
    public static bool HasCommitted(string partition) => File.Exists(Path.Combine(Logs, $"{partition}.committed.jsonl"));

    /// <summary>Copies partitions' folders into a broker's data folder, with the checkpoints that a broker keeps beside them.</summary>
    /// <param name="dataFolder">The broker's data folder.</param>
    /// <param name="partitions">For example "fx-none-0"; none: all of message format version 2.</param>
    public static void CopyLogs(string dataFolder, params string[] partitions)
    {
        Directory.CreateDirectory(dataFolder);
        var chosen = Offsets().Where(o => partitions.Length == 0 ? !o.Topic.StartsWith("fx-v", StringComparison.Ordinal) : partitions.Contains(o.Partition)).ToList();
        foreach (var offsets in chosen)
        {
            var target = Directory.CreateDirectory(Path.Combine(dataFolder, offsets.Partition)).FullName;
            foreach (var file in Directory.GetFiles(Path.Combine(Logs, offsets.Partition)))
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        WriteCheckpoint(Path.Combine(dataFolder, "log-start-offset-checkpoint"), chosen, o => o.LogStartOffset);
        WriteCheckpoint(Path.Combine(dataFolder, "replication-offset-checkpoint"), chosen, o => o.HighWatermark);
    }

    private static void WriteCheckpoint(string path, IReadOnlyList<FixtureOffsets> partitions, Func<FixtureOffsets, long> offset) =>
        File.WriteAllLines(path, ["0", $"{partitions.Count}", .. partitions.Select(o => $"{o.Topic} {o.Index} {offset(o)}")]);
}

/// <summary>A request and its response, as frames without their length.</summary>
/// <param name="Client">Who asked.</param>
/// <param name="ApiKey">The API's key.</param>
/// <param name="ApiVersion">The version of both.</param>
/// <param name="Request">The request's frame.</param>
/// <param name="Response">The response's frame; null where none came.</param>
public sealed record WireExchange(string Client, short ApiKey, short ApiVersion, byte[] Request, byte[]? Response)
{
    internal static WireExchange Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var e = json.RootElement;
        return new WireExchange(
            $"{e.GetProperty("client").GetString()} ({e.GetProperty("scenario").GetString()})",
            e.GetProperty("apiKey").GetInt16(),
            e.GetProperty("apiVersion").GetInt16(),
            Convert.FromHexString(e.GetProperty("request").GetString()!),
            e.GetProperty("response").GetString() is { } response ? Convert.FromHexString(response) : null);
    }
}

/// <summary>The offsets of a partition.</summary>
public sealed record FixtureOffsets(string Topic, int Index, long LogStartOffset, long HighWatermark, long LastStableOffset)
{
    /// <summary>The partition's folder.</summary>
    public string Partition => $"{Topic}-{Index}";

    internal static FixtureOffsets Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var e = json.RootElement;
        return new FixtureOffsets(
            e.GetProperty("topic").GetString()!,
            e.GetProperty("partition").GetInt32(),
            e.GetProperty("logStartOffset").GetInt64(),
            e.GetProperty("highWatermark").GetInt64(),
            e.GetProperty("lastStableOffset").GetInt64());
    }
}

/// <summary>A record as a consumer sees it; key, value and header values in base64, or null.</summary>
public sealed record FixtureRecord(long Offset, long Timestamp, string TimestampType, string? Key, string? Value, IReadOnlyList<FixtureHeader> Headers)
{
    public bool Equals(FixtureRecord? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => Offset.GetHashCode();

    public override string ToString() =>
        $"{Offset} {TimestampType} {Timestamp} key {Key ?? "null"} value {Value ?? "null"} [{string.Join(", ", Headers)}]";

    internal static FixtureRecord Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var e = json.RootElement;
        return new FixtureRecord(
            e.GetProperty("offset").GetInt64(),
            e.GetProperty("timestamp").GetInt64(),
            e.GetProperty("timestampType").GetString()!,
            e.GetProperty("key").GetString(),
            e.GetProperty("value").GetString(),
            [.. e.GetProperty("headers").EnumerateArray().Select(h => new FixtureHeader(h[0].GetString()!, h[1].GetString()))]);
    }
}

/// <summary>A header of a record; the value in base64, or null.</summary>
public sealed record FixtureHeader(string Name, string? Value);
