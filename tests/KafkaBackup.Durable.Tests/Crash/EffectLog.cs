using System.Text;

namespace KafkaBackup.Durable.Tests.Crash;

/// <summary>What activities really did, in a file that survives the process: one line each time one begins.</summary>
internal sealed class EffectLog(string folder)
{
    private readonly Lock gate = new();
    private readonly string path = Path.Combine(folder, "effects.log");

    public void Add(string line)
    {
        lock (gate)
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
    }

    public IReadOnlyList<string> Read() => File.Exists(path) ? File.ReadAllLines(path) : [];
}
