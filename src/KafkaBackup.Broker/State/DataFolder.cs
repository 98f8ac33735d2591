using System.Security.Cryptography;

namespace KafkaBackup.Broker.State;

/// <summary>The broker's folder: Kafka's own layout for the logs and their checkpoints, and files of ours for what Kafka keeps elsewhere.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    /// <exception cref="IOException">Another broker works on the folder.</exception>
    public DataFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(Path);
        _lock = new FileStream(In(".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        WasStoppedCleanly = File.Exists(In(CleanStopFile));
        File.Delete(In(CleanStopFile));
        ClusterId = ReadOrMakeClusterId();
    }

    private const string CleanStopFile = ".kafka_cleanshutdown";

    public string Path { get; }

    /// <summary>16 random bytes in base64, as Kafka writes them; kept in `meta.properties`.</summary>
    public string ClusterId { get; }

    /// <summary>Whether the last broker here said that it stopped in order.</summary>
    public bool WasStoppedCleanly { get; }

    public string Topics => In("topics.json");

    public string Acls => In("acls.json");

    public string GroupOffsets => In("group-offsets.jsonl");

    public string Transactions => In("transactions.jsonl");

    public string ProducerIds => In("producer-ids");

    public string LogStarts => In("log-start-offset-checkpoint");

    public string Quotas => In("quotas.json");

    public string CleanedOffsets => In("cleaner-offset-checkpoint");

    public string HighWatermarks => In("replication-offset-checkpoint");

    public string Partition(string topic, int partition) => In($"{topic}-{partition}");

    /// <summary>The partitions whose folders lie here.</summary>
    public IEnumerable<(string Topic, int Partition)> FindPartitions()
    {
        foreach (var folder in Directory.GetDirectories(Path))
        {
            var name = System.IO.Path.GetFileName(folder);
            var dash = name.LastIndexOf('-');
            if (dash > 0 && int.TryParse(name[(dash + 1)..], out var partition) && partition >= 0 && !name.EndsWith("-delete", StringComparison.Ordinal))
                yield return (name[..dash], partition);
        }
    }

    public void MarkStoppedCleanly() => File.WriteAllBytes(In(CleanStopFile), []);

    public void Dispose() => _lock.Dispose();

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private string ReadOrMakeClusterId()
    {
        const string Key = "cluster.id=";
        var path = In("meta.properties");
        var line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal)) : null;
        if (line is not null)
            return line[Key.Length..];
        var id = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        File.WriteAllLines(path, ["version=0", "broker.id=0", Key + id]);
        return id;
    }
}
