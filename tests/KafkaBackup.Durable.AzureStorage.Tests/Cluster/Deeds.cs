using System.Globalization;
using System.Text;

namespace KafkaBackup.Durable.AzureStorage.Tests.Cluster;

/// <summary>What a host did.</summary>
internal enum DeedKind
{
    /// <summary>It committed a step of an instance.</summary>
    Commit,

    /// <summary>It began an attempt at an activity.</summary>
    Attempt,
}

/// <param name="At">When, UTC.</param>
/// <param name="Host">Which host.</param>
/// <param name="Kind">What.</param>
/// <param name="Instance">Of which instance.</param>
/// <param name="Detail">Which activity, or how long the history was.</param>
internal sealed record Deed(DateTime At, string Host, DeedKind Kind, string Instance, string Detail);

/// <summary>Writes down what a host does, in a file that survives its process.</summary>
internal sealed class Deeds(string folder, string host)
{
    private const string Extension = ".deeds";
    private readonly Lock gate = new();
    private readonly string path = Path.Combine(folder, host + Extension);

    public void Add(DeedKind kind, string instance, string detail)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow.Ticks}\t{kind}\t{instance}\t{detail}\n");
        lock (gate)
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            file.Write(Encoding.UTF8.GetBytes(line));
        }
    }

    /// <summary>What all hosts did, in order.</summary>
    public static IReadOnlyList<Deed> Read(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*" + Extension).SelectMany(ReadFile).OrderBy(deed => deed.At)];

    private static IEnumerable<Deed> ReadFile(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var host = Path.GetFileNameWithoutExtension(path);
        foreach (var line in reader.ReadToEnd().Split('\n'))
        {
            if (line.Split('\t') is [var ticks, var kind, var instance, var detail])
                yield return new(new(long.Parse(ticks, CultureInfo.InvariantCulture), DateTimeKind.Utc), host, Enum.Parse<DeedKind>(kind), instance, detail);
        }
    }
}
