using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace KafkaBackup.Repository.Tests;

/// <summary>
/// A reader of repositories that was written from FORMAT.md and Kafka's documentation and shares nothing with the product: what it reads, others can read.
/// Slow, simple, and never forgiving.
/// </summary>
internal sealed class PlainReader(IReadOnlyDictionary<string, byte[]> objects)
{
    internal sealed record Batch(long Base, long Last, int Position, int Size, int Attributes, long MaxTimestamp, long ProducerId, int Count, byte[] Bytes)
    {
        public bool IsControl => (Attributes & 32) != 0;
    }

    /// <summary>Packed segments that were read so far.</summary>
    public int PackedSegments { get; private set; }

    internal sealed record Partition(string Topic, int Number, long From, long To, IReadOnlyList<Batch> Batches, IReadOnlyList<(long Producer, long First, long Last)> Aborted);

    public static PlainReader OfFolder(string path) => new(Directory.GetFiles(path, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(path, file).Replace('\\', '/'), File.ReadAllBytes));

    public static List<Batch> Batches(byte[] log)
    {
        var batches = new List<Batch>();
        for (var position = 0; position < log.Length;)
        {
            var size = (int)Number(log, position + 8, 4) + 12;
            Require(log[position + 16] == 2, $"magic at {position}");
            Require((uint)Number(log, position + 17, 4) == Crc(log.AsSpan(position + 21, size - 21)), $"CRC at {position}");
            var first = Number(log, position, 8);
            batches.Add(new Batch(
                first,
                first + Number(log, position + 23, 4),
                position,
                size,
                (int)Number(log, position + 21, 2),
                Number(log, position + 35, 8),
                Number(log, position + 43, 8),
                (int)Number(log, position + 57, 4),
                log[position..(position + size)]));
            position += size;
        }

        return batches;
    }

    public static List<(long Offset, long Position)> Index(byte[] file, long baseOffset) =>
        Entries(file, 8).Select(at => (baseOffset + Number(file, at, 4), Number(file, at + 4, 4))).ToList();

    public static List<(long Timestamp, long Offset)> TimeIndex(byte[] file, long baseOffset) =>
        Entries(file, 12).Select(at => (Number(file, at, 8), baseOffset + Number(file, at + 8, 4))).ToList();

    public static List<(long Version, long Producer, long First, long Last, long Stable)> TransactionIndex(byte[] file) =>
        Entries(file, 34).Select(at => (Number(file, at, 2), Number(file, at + 2, 8), Number(file, at + 10, 8), Number(file, at + 18, 8), Number(file, at + 26, 8))).ToList();

    /// <summary>Reads an epoch's partitions with all that the repository holds of them, every checksum checked.</summary>
    public List<Partition> Read(long epoch)
    {
        using var repository = Checked("repository.json", "kafka-backup-repository");
        using var manifest = Checked($"epochs/{epoch:D20}.json", "kafka-backup-epoch");
        var core = manifest.RootElement.GetProperty("core");
        Require(core.GetProperty("sequence").GetInt64() == epoch, "sequence");
        CheckParent(core, epoch);

        var partitions = new List<Partition>();
        foreach (var topic in core.GetProperty("topics").EnumerateArray())
        {
            var name = topic.GetProperty("name").GetString()!;
            var journal = manifest.RootElement.GetProperty("lists").GetProperty($"{name}/{topic.GetProperty("lineage").GetString()}");
            Require(journal.GetProperty("epoch").GetInt64() == epoch, "journal's epoch");
            var references = (MergedLists(epoch, $"{name}/{topic.GetProperty("lineage").GetString()}") ?? journal.GetProperty("lists").EnumerateArray().Select(hash => hash.GetString()!))
                .SelectMany(hash => List(hash, name, topic.GetProperty("lineage").GetString()!)).ToList();
            foreach (var partition in topic.GetProperty("partitions").EnumerateArray())
                partitions.Add(ReadPartition(name, partition, references));
        }

        return partitions;
    }

    /// <summary>The lists that the newest merge has of a lineage, if that was merged at an epoch or later; else null.</summary>
    private List<string>? MergedLists(long epoch, string journal)
    {
        var newest = objects.Keys.Where(name => name.StartsWith("merges/", StringComparison.Ordinal)).Max(StringComparer.Ordinal);
        if (newest is null)
            return null;
        using var merge = Checked(newest, "kafka-backup-merge");
        Require($"merges/{merge.RootElement.GetProperty("number").GetInt64():D20}.json" == newest, "merge's number");
        return merge.RootElement.GetProperty("lists").TryGetProperty(journal, out var named) && named.GetProperty("epoch").GetInt64() >= epoch
            ? [.. named.GetProperty("lists").EnumerateArray().Select(hash => hash.GetString()!)]
            : null;
    }

    private static void CheckDigest(JsonElement partition, List<Batch> batches)
    {
        var (from, to) = (partition.GetProperty("from").GetInt64(), partition.GetProperty("to").GetInt64());
        var added = batches.Where(batch => batch.Last >= from && batch.Last < to).ToList();
        Require(partition.GetProperty("batches").GetInt64() == added.Count, "batches");
        Require(partition.GetProperty("records").GetInt64() == added.Where(batch => !batch.IsControl).Sum(batch => (long)batch.Count), "records");
        Require(partition.GetProperty("bytes").GetInt64() == added.Sum(batch => (long)batch.Size), "bytes");
        Require(partition.GetProperty("maxTimestamp").GetInt64() == added.Where(b => !b.IsControl).Select(b => b.MaxTimestamp).Append(-1).Max(), "maxTimestamp");
        var digest = added.Count == 0 ? null : Hash(added.SelectMany(batch => batch.Bytes).ToArray());
        Require(partition.GetProperty("digest").GetString() == digest, "digest");
    }

    private Partition ReadPartition(string topic, JsonElement partition, List<JsonElement> references)
    {
        var number = partition.GetProperty("partition").GetInt32();
        var cut = partition.GetProperty("to").GetInt64();
        var batches = new List<Batch>();
        var aborted = new List<(long, long, long)>();
        long? start = null, end = null;
        foreach (var reference in references.Where(r => r.GetProperty("partition").GetInt32() == number))
        {
            long Value(string member) => reference.GetProperty(member).GetInt64();
            if (Value("from") >= cut || Value("base") >= cut)
                continue;
            var bytes = objects[reference.GetProperty("object").GetString()!].AsSpan((int)Value("offset"), (int)Value("length")).ToArray();
            Require(Hash(bytes) == reference.GetProperty("sha256").GetString(), "segment's hash");
            var inside = Batches(bytes);
            Require(inside[0].Base == Value("base") && inside[0].Last >= Value("from") && inside[^1].Last < Value("to"), "segment's offsets");
            // Offsets between segments were gaps, or ranges without a batch: that nothing is missing, digests tell.
            Require(end is null || end <= Value("from"), "continuity");
            Require(inside.Count == Value("batches"), "segment's batches");
            Require(inside.Max(batch => batch.Bytes.Length) == Value("largestBatch"), "segment's largest batch");
            CheckIndexes(topic, reference, inside);
            batches.AddRange(inside.Where(batch => batch.Last < cut));
            aborted.AddRange(reference.GetProperty("aborted").EnumerateArray().Select(a =>
                (a.GetProperty("producerId").GetInt64(), a.GetProperty("first").GetInt64(), a.GetProperty("last").GetInt64())));
            start ??= Value("from");
            end = Value("to");
        }

        Require(batches.Zip(batches.Skip(1)).All(pair => pair.First.Last < pair.Second.Base), "order");
        // What no epoch needs, as it lies below the log start, a merge leaves out.
        var added = partition.GetProperty("from").GetInt64();
        if (partition.GetProperty("logStart").GetInt64() <= added || references.Any(r =>
            r.GetProperty("partition").GetInt32() == number && r.GetProperty("from").GetInt64() <= added && r.GetProperty("to").GetInt64() > added))
            CheckDigest(partition, batches);
        return new Partition(topic, number, start ?? -1, partition.GetProperty("to").GetInt64(), batches, aborted);
    }

    /// <summary>Finds a segment's indexes from its reference, and a packed segment in its pack's directory.</summary>
    private void CheckIndexes(string topic, JsonElement reference, List<Batch> batches)
    {
        var name = reference.GetProperty("object").GetString()!;
        var aborted = reference.GetProperty("aborted").GetArrayLength();
        byte[] index, times, transactions;
        if (name.StartsWith("packs/", StringComparison.Ordinal))
        {
            PackedSegments++;
            var at = (int)(reference.GetProperty("offset").GetInt64() + reference.GetProperty("length").GetInt64());
            int[] sizes = [.. Enumerable.Range(0, 3).Select(i => (int)Number(objects[name], at + (4 * i), 4))];
            var rest = objects[name][(at + 12)..];
            (index, times, transactions) = (rest[..sizes[0]], rest[sizes[0]..(sizes[0] + sizes[1])], rest[(sizes[0] + sizes[1])..sizes.Sum()]);
            CheckDirectory(topic, reference);
        }
        else
        {
            Require(reference.GetProperty("offset").GetInt64() == 0 && objects[name].Length == reference.GetProperty("length").GetInt64(), "a segment that stands alone");
            (index, times) = (objects[Path.ChangeExtension(name, ".index")], objects[Path.ChangeExtension(name, ".timeindex")]);
            transactions = aborted > 0 ? objects[Path.ChangeExtension(name, ".txnindex")] : [];
        }

        var first = reference.GetProperty("base").GetInt64();
        Require(Index(index, first).All(entry => batches.Any(b => (b.Last, (long)b.Position) == entry)), "entries of .index");
        Require(TimeIndex(times, first).All(entry => batches.Any(b => (b.MaxTimestamp, b.Last) == entry)), "entries of .timeindex");
        Require(TimeIndex(times, first).Select(entry => entry.Timestamp).LastOrDefault(-1) == reference.GetProperty("maxTimestamp").GetInt64(), "end of .timeindex");
        Require(TransactionIndex(transactions).Count == aborted, "entries of .txnindex");
    }

    private void CheckDirectory(string topic, JsonElement reference)
    {
        var name = reference.GetProperty("object").GetString()!;
        var pack = objects[name];
        Require(Encoding.ASCII.GetString(pack[^4..]) == "KBPK", "end of a pack");
        var size = (int)Number(pack, pack.Length - 8, 4);
        using var directory = Checked(Encoding.UTF8.GetString(pack[^(8 + size)..^8]), name, "kafka-backup-pack");
        var said = directory.RootElement.GetProperty("segments").EnumerateArray()
            .Single(s => s.GetProperty("segment").GetProperty("offset").GetInt64() == reference.GetProperty("offset").GetInt64());
        Require(said.GetProperty("topic").GetString() == topic, "topic in a pack's directory");
        foreach (var member in reference.EnumerateObject().Where(m => m.Name != "to"))
            Require(said.GetProperty("segment").GetProperty(member.Name).GetRawText() == member.Value.GetRawText(), $"{member.Name} in a pack's directory");
        Require(said.GetProperty("segment").GetProperty("to").GetInt64() <= reference.GetProperty("to").GetInt64(), "to in a pack's directory");
    }

    private void CheckParent(JsonElement core, long epoch)
    {
        var parent = core.GetProperty("parent");
        if (epoch == 1)
        {
            Require(parent.ValueKind == JsonValueKind.Null, "no parent");
            return;
        }

        using var before = Checked($"epochs/{epoch - 1:D20}.json", "kafka-backup-epoch");
        Require(parent.GetProperty("sequence").GetInt64() == epoch - 1, "parent's sequence");
        Require(parent.GetProperty("core").GetString() == Hash(Encoding.UTF8.GetBytes(before.RootElement.GetProperty("core").GetRawText())), "parent's core hash");
    }

    private List<JsonElement> List(string hash, string topic, string lineage)
    {
        var bytes = objects[$"lists/{hash}.json"];
        Require(Hash(bytes) == hash, "list's hash");
        var list = JsonDocument.Parse(bytes).RootElement;
        var version = list.GetProperty("version").GetInt32();
        Require(list.GetProperty("format").GetString() == "kafka-backup-list" && version is >= 1 and <= 3, "list's format");
        JsonElement[] journals = version == 1 ? [list] : [.. list.GetProperty("journals").EnumerateArray()];
        List<JsonElement> all = [.. journals.SelectMany(journal => journal.GetProperty("segments").EnumerateArray())];
        Require(all.Count is > 0 and <= 256, "list's size");
        var objectsOf = all.Select(r => r.GetProperty("object").GetString()!).ToList();
        var isMerged = objectsOf.Any(o => o.Split('/') is var parts && (parts[0] == "packs" ? parts[1] : parts[3]).StartsWith("merge-", StringComparison.Ordinal));
        Require(!isMerged || version == 3, "list's version");
        Require(version == 3 || objectsOf.Any(o => o.StartsWith("packs/", StringComparison.Ordinal)) == (version == 2), "list's version");
        Require(version != 3 || list.GetProperty("generation").GetString()!.Length > 0, "list's generation");
        return [.. journals
            .Single(journal => journal.GetProperty("topic").GetString() == topic && journal.GetProperty("lineage").GetString() == lineage)
            .GetProperty("segments").EnumerateArray()];
    }

    private JsonDocument Checked(string name, string format) => Checked(Encoding.UTF8.GetString(objects[name]), name, format);

    private static JsonDocument Checked(string text, string name, string format)
    {
        var end = text.LastIndexOf(",\"checksum\":\"", StringComparison.Ordinal);
        Require(text[end..] == $",\"checksum\":\"{Hash(Encoding.UTF8.GetBytes(text[..end]))}\"}}", $"checksum of {name}");
        var json = JsonDocument.Parse(text);
        Require(json.RootElement.GetProperty("format").GetString() == format && json.RootElement.GetProperty("version").GetInt32() == 1, $"format of {name}");
        return json;
    }

    private static IEnumerable<int> Entries(byte[] file, int size)
    {
        Require(file.Length % size == 0, "size of an index");
        return Enumerable.Range(0, file.Length / size).Select(i => i * size);
    }

    private static long Number(byte[] bytes, int at, int size)
    {
        long value = (sbyte)bytes[at];
        for (var i = 1; i < size; i++)
            value = (value << 8) | bytes[at + i];
        return value;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    private static void Require(bool condition, string what)
    {
        if (!condition)
            throw new InvalidDataException($"the format does not hold: {what}");
    }
}
