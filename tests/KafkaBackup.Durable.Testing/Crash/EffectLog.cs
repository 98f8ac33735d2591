using System.Text;

namespace KafkaBackup.Durable.Testing.Crash;

/// <summary>What activities really did: one line each time one begins.</summary>
public interface IEffects
{
    /// <returns>How often that line was there already.</returns>
    int Add(string line);

    IReadOnlyList<string> Read();
}

/// <summary>In a file that survives the process.</summary>
public sealed class EffectLog(string folder) : IEffects
{
    private readonly Lock gate = new();
    private readonly string path = Path.Combine(folder, "effects.log");

    public int Add(string line)
    {
        lock (gate)
        {
            var before = Read().Count(each => each == line);
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write(Encoding.UTF8.GetBytes(line + "\n"));
            return before;
        }
    }

    public IReadOnlyList<string> Read() => File.Exists(path) ? File.ReadAllLines(path) : [];
}

/// <summary>In memory.</summary>
public sealed class MemoryEffects : IEffects
{
    private readonly Lock gate = new();
    private readonly List<string> lines = [];

    public int Add(string line)
    {
        lock (gate)
        {
            var before = lines.Count(each => each == line);
            lines.Add(line);
            return before;
        }
    }

    public IReadOnlyList<string> Read()
    {
        lock (gate)
            return [.. lines];
    }
}
