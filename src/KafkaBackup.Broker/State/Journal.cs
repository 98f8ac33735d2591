using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KafkaBackup.Broker.State;

/// <summary>A file of JSON lines that is appended to, and written anew, without what is out of date, at every start.</summary>
internal sealed class Journal<T> : IDisposable
    where T : class
{
    private readonly Lock _lock = new();
    private readonly JsonTypeInfo<T> _type;
    private readonly FileStream _file;

    private Journal(string path, JsonTypeInfo<T> type)
    {
        _type = type;
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Reads the lines, a torn last one aside, hands them to <paramref name="restore"/>, and keeps what it gives back.</summary>
    public static Journal<T> Open(string path, JsonTypeInfo<T> type, Func<IEnumerable<T>, IEnumerable<T>> restore)
    {
        var lines = File.Exists(path) ? File.ReadLines(path).Select(line => Parse(line, type)).OfType<T>() : [];
        var temporary = path + ".tmp";
        File.WriteAllLines(temporary, restore(lines).Select(line => JsonSerializer.Serialize(line, type)));
        File.Move(temporary, path, overwrite: true);
        return new Journal<T>(path, type);
    }

    /// <summary>Appends lines; they are in the file when this returns.</summary>
    public void Append(IEnumerable<T> lines)
    {
        lock (_lock)
        {
            foreach (var line in lines)
            {
                _file.Write(JsonSerializer.SerializeToUtf8Bytes(line, _type));
                _file.WriteByte((byte)'\n');
            }

            _file.Flush();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_file.CanWrite)
                _file.Flush(flushToDisk: true);
            _file.Dispose();
        }
    }

    private static T? Parse(string line, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
