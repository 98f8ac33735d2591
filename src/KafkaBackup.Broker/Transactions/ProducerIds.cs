namespace KafkaBackup.Broker.Transactions;

/// <summary>
/// Gives out producer ids, each once. They are reserved in blocks in `producer-ids`, so that a restart skips some rather than repeats one,
/// and begin above those that the logs hold.
/// </summary>
internal sealed class ProducerIds
{
    private const long BlockSize = 1000;

    private readonly Lock _lock = new();
    private readonly string _path;
    private long _next;
    private long _reserved;

    public ProducerIds(string path, long largestInUse)
    {
        _path = path;
        var saved = File.Exists(path) && long.TryParse(File.ReadAllText(path), out var number) ? number : 0;
        _next = _reserved = Math.Max(saved, largestInUse + 1);
    }

    public long Next()
    {
        lock (_lock)
        {
            if (_next == _reserved)
            {
                _reserved += BlockSize;
                var temporary = _path + ".tmp";
                File.WriteAllText(temporary, _reserved.ToString());
                File.Move(temporary, _path, overwrite: true);
            }

            return _next++;
        }
    }
}
