namespace KafkaBackup.Broker.Logs;

/// <summary>Kafka's checkpoint files: a version (0), a count, then so many lines.</summary>
internal static class CheckpointFile
{
    private const string Version = "0";

    /// <summary>The lines, split at spaces.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static IEnumerable<string[]> ReadLines(string path)
    {
        var lines = File.ReadAllLines(path);
        if (lines.Length < 2 || lines[0] != Version || !int.TryParse(lines[1], out var count) || lines.Length < count + 2)
            throw new InvalidDataException($"{path} is no checkpoint file of version {Version}");
        return lines.Skip(2).Take(count).Select(line => line.Split(' '));
    }

    /// <summary>Replaces the file as a whole.</summary>
    public static void Write(string path, IEnumerable<string> lines)
    {
        var list = lines.ToList();
        var temporary = path + ".tmp";
        File.WriteAllLines(temporary, [Version, $"{list.Count}", .. list]);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The offsets of a file with a line per partition: topic, partition, offset. Empty if there is no file.</summary>
    public static Dictionary<(string Topic, int Partition), long> ReadOffsets(string path) =>
        File.Exists(path)
            ? ReadLines(path).ToDictionary(parts => (parts[0], int.Parse(parts[1])), parts => long.Parse(parts[2]))
            : [];

    public static void WriteOffsets(string path, IEnumerable<(string Topic, int Partition, long Offset)> offsets) =>
        Write(path, offsets.Select(o => $"{o.Topic} {o.Partition} {o.Offset}"));
}
